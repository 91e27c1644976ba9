import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { decodeFrame } from './decode-frame.ts'
import { maxObjects, objectsOfRow } from './frame.ts'

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
  const gc = runInNewContext('gc')
  // Twice: the memory of byte arrays is given back in the background after a collection, and at the latest by the next.
  gc()
  gc()
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

/** Room for the names of up to 200 columns. */
const SHAPES_BYTES = 4096

/** Rows of 1 MiB: `count` times this one, and one of a filler. */
function rowsPayload(row: readonly number[], count: number): Uint8Array {
  const names = row.slice(1).map((_, i) => `name ${i}`)
  const filler = 'a'.repeat(PAYLOAD_BYTES - SHAPES_BYTES - count * encode(row).length)
  return encode([
    [names, ['filler']],
    [...new Array(count).fill(row), [1, filler]],
  ])
}

/** A frame around rows. */
function frameOf(payload: Uint8Array, count: number): Uint8Array {
  const counters = { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
  const producer = { service: 's', instance: 'i', lane: 'l', sequence: 1, counters }
  return encode([1, 0, new Uint8Array(12), count, payload.length, producer, payload])
}

test.each<[string, (i: number) => number[], number]>([
  ['small integers', i => [i & 0x7f], PAYLOAD_BYTES - SURROUNDINGS],
  ['texts of two characters', i => [0xa2, shade(i), shade(i / 90)], PAYLOAD_BYTES / 3 - SURROUNDINGS],
  ['empty maps', () => [0x80], mostObjects],
  ['byte strings of one byte', () => [0xc4, 1, 7], mostObjects],
  ['dates', () => [0xd6, 0xff, 0, 0, 0, 1], mostObjects],
])('a frame of nothing but %s keeps within the stated memory', (_, unit, count) => {
  const payload = listPayload(unit, Math.floor(count))
  const bytes = frameOf(payload, 1)
  const before = heldBytes()
  const frame = decodeFrame(bytes)
  const held = heldBytes() - before
  const list = frame.records[0]?.['a'] as readonly unknown[]
  expect(list.length).toBe(Math.floor(count) + 1)
  expect(held).toBeLessThan(MAX_BYTES_PER_BYTE * payload.length + MAX_BYTES_BESIDES)
  // So that the measurement means something.
  expect(held).toBeGreaterThan(payload.length)
})

test.each([2, 14, 15, 24, 48, 49, 200])('a frame of as many rows of %d columns as it may hold does too', columns => {
  const row = new Array<number>(columns + 1).fill(0)
  const mostRows = (maxObjects(PAYLOAD_BYTES - SHAPES_BYTES) - SURROUNDINGS) / objectsOfRow(columns)
  const count = Math.floor(Math.min(mostRows, (PAYLOAD_BYTES - SHAPES_BYTES) / encode(row).length))
  const payload = rowsPayload(row, count)
  const bytes = frameOf(payload, count + 1)
  const before = heldBytes()
  const { records } = decodeFrame(bytes)
  const held = heldBytes() - before
  expect(records).toHaveLength(count + 1)
  expect(held).toBeLessThan(MAX_BYTES_PER_BYTE * payload.length + MAX_BYTES_BESIDES)
  expect(held).toBeGreaterThan(bytes.length / 2)
})

test('a frame of more wide rows than that is refused', () => {
  const payload = encode([[new Array(49).fill('a')], new Array(10_000).fill(new Array(50).fill(0))])
  expect(() => decodeFrame(frameOf(payload, 10_000))).toThrow(expect.objectContaining({ code: 'PH_FRAME_TOO_LARGE' }))
})
