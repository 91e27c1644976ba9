import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { decodeFrame } from '../src/codec/decode-frame.ts'
import { encodeFrame } from '../src/codec/encode-frame.ts'
import type { Producer } from '../src/codec/frame.ts'
import { createRowBuilder } from '../src/codec/rows.ts'
import { PumphouseError } from '../src/errors.ts'

const FRAMES = 100_000
const MIB = 1024 * 1024
/** What a garbage collection leaves may differ by this much from one time to the next. */
const HELD_TOLERANCE = 32 * MIB

/** mulberry32 (T. Ettinger): a failure names the seed of the frame. */
function seededRandom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const producer: Producer = {
  service: 'orders',
  instance: 'i',
  lane: 'l',
  sequence: 1,
  counters: { created: 9, sampledOut: 0, dropped: { full: 1 }, spooled: 0, altered: {} },
}

function frameOf(count: number, compress: boolean): Uint8Array {
  const builder = createRowBuilder()
  for (let i = 0; i < count; i++) {
    builder.add({
      path: `/o/${i}`,
      statusCode: 200 + i,
      tags: ['a', { b: i }],
      at: new Date(i),
      raw: Buffer.from('xyz'),
    })
    builder.add({ durationMs: i / 3, big: 2n ** 60n, text: 'ä'.repeat(i), nothing: null })
  }
  return encodeFrame(new Uint8Array(12).fill(7), producer, builder.take(), { compress })
}
const originals = [frameOf(1, false), frameOf(4, false), frameOf(4, true), frameOf(20, true)]

/** Bytes with a meaning in msgpack: heads of long texts, lists, maps and extensions. */
const HEADS = [0xc1, 0xc6, 0xc9, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xcf, 0xff, 0x00, 0x7f, 0x80, 0x90]

const damages: readonly ((bytes: number[], random: (below: number) => number) => void)[] = [
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256)
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = HEADS[random(HEADS.length)] as number
  },
  (bytes, random) => bytes.splice(random(bytes.length), 1 + random(8)),
  (bytes, random) => bytes.splice(random(bytes.length), 0, ...Array.from({ length: 1 + random(8) }, () => random(256))),
  (bytes, random) => bytes.splice(random(bytes.length), 0, ...bytes.slice(random(bytes.length)).slice(0, 64)),
  (bytes, random) => bytes.splice(1 + random(bytes.length)),
]

function damaged(seed: number): Uint8Array {
  const random = seededRandom(seed)
  const bytes = [...(originals[random(originals.length)] as Uint8Array)]
  for (let left = 1 + random(4); left > 0 && bytes.length > 0; left--) damages[random(damages.length)]?.(bytes, random)
  return Uint8Array.from(bytes)
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('100,000 damaged frames end in a frame or in an error of the decoder, and memory stays bounded', () => {
  const before = heldBytes()
  const outcomes = new Map<string, number>()
  for (let seed = 0; seed < FRAMES; seed++) {
    let outcome = 'decoded'
    try {
      decodeFrame(damaged(seed))
    } catch (error) {
      if (!(error instanceof PumphouseError && error.code.startsWith('PH_FRAME_'))) {
        throw new Error(`the frame of seed ${seed}`, { cause: error })
      }
      outcome = error.code
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect(heldBytes() - before).toBeLessThan(HELD_TOLERANCE)
  // So that it means something: some damage passes, and most does not.
  expect(outcomes.get('decoded')).toBeGreaterThan(FRAMES / 100)
  expect(outcomes.get('PH_FRAME_MALFORMED')).toBeGreaterThan(FRAMES / 2)
})
