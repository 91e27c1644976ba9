import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { decodeFrame } from './decode-frame.ts'
import { maxObjects } from './frame.ts'

const MIB = 1024 * 1024
const PAYLOAD_BYTES = MIB
/** What decodeFrame's docstring promises. */
const MAX_BYTES_PER_BYTE = 16
const MAX_BYTES_BESIDES = 16 * MIB

/** Objects and headers around what a case repeats. */
const SURROUNDINGS = 64
const mostObjects = maxObjects(PAYLOAD_BYTES) - SURROUNDINGS

const shade = (i: number): number => 33 + (i % 90)

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Rows of 1 MiB: one record with one list, of a filler and then `count` times what `unit` gives. */
function listPayload(unit: (i: number) => number[], count: number): Uint8Array {
  const size = unit(0).length
  const units = Buffer.alloc(count * size)
  for (let i = 0; i < count; i++) units.set(unit(i), i * size)
  const filler = Buffer.alloc(Math.max(0, PAYLOAD_BYTES - units.length - SURROUNDINGS), 'a')
  const head = Buffer.from([0x92, 0x91, 0x91, 0xa1, 0x61, 0x91, 0x92, 0, 0xdd, 0, 0, 0, 0, 0xdb, 0, 0, 0, 0])
  head.writeUInt32BE(count + 1, 9)
  head.writeUInt32BE(filler.length, 14)
  return Buffer.concat([head, filler, units])
}

test.each<[string, (i: number) => number[], number]>([
  ['small integers', i => [i & 0x7f], PAYLOAD_BYTES - SURROUNDINGS],
  ['texts of two characters', i => [0xa2, shade(i), shade(i / 90)], PAYLOAD_BYTES / 3 - SURROUNDINGS],
  ['empty maps', () => [0x80], mostObjects],
  ['byte strings of one byte', () => [0xc4, 1, 7], mostObjects],
  ['dates', () => [0xd6, 0xff, 0, 0, 0, 1], mostObjects],
])('a frame of nothing but %s keeps within the stated memory', (_, unit, count) => {
  const payload = listPayload(unit, Math.floor(count))
  const counters = { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
  const producer = { service: 's', instance: 'i', lane: 'l', sequence: 1, counters }
  const bytes = encode([1, 0, new Uint8Array(12), 1, payload.length, producer, payload])
  const before = heldBytes()
  const frame = decodeFrame(bytes)
  const held = heldBytes() - before
  const list = frame.records[0]?.['a'] as readonly unknown[]
  expect(list.length).toBe(Math.floor(count) + 1)
  expect(held).toBeLessThan(MAX_BYTES_PER_BYTE * payload.length + MAX_BYTES_BESIDES)
  // So that the measurement means something.
  expect(held).toBeGreaterThan(payload.length)
})
