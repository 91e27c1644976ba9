import { decode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { PumphouseError } from '../errors.ts'
import { decodeRecord, encodeRecord } from './encode-record.ts'

const record = Object.freeze({
  id: '65f000000000000000000001',
  path: '/ü/\u{1f600}',
  statusCode: 200,
  at: new Date(1_700_000_000_123),
  bytes: Uint8Array.of(1, 2, 3),
  big: 2n ** 63n,
  nested: { list: [1, null, true, { deep: 'x'.repeat(5000) }] },
})

test('a record comes back as it was, frozen', () => {
  const back = decodeRecord(encodeRecord(record))
  expect(back).toEqual(record)
  expect(Object.isFrozen(back)).toBe(true)
})

test('each call gives bytes of its own', () => {
  const first = encodeRecord(record)
  encodeRecord({ other: true })
  expect(decodeRecord(first)).toEqual(record)
})

test('any msgpack library can read it', () => {
  expect(decode(encodeRecord(record), { useBigInt64: true })).toMatchObject({ path: record.path, at: record.at })
})

test.each([
  ['nothing', []],
  ['a number', [1]],
  ['a list', [0x90]],
  ['a date', [0xd6, 0xff, 0, 0, 0, 0]],
  ['a cut map', [0x81, 0xa1]],
  ['a map with something after it', [0x80, 0x80]],
])('%s is no record', (_, bytes) => {
  expect(() => decodeRecord(Uint8Array.from(bytes))).toThrow(PumphouseError)
})
