/** The records that the contract suite writes: frozen to the bottom, as a decoder makes them. */
import type { AnalyticsRecord } from '@pumphouse/record'

/** Plain records, with an id each and a `contractKey` to recognise them by at the target. The same prefix and number give the same record. */
export function plainRecords(prefix: string, count: number): readonly AnalyticsRecord[] {
  return freezeAll(
    Array.from({ length: count }, (_, i) => ({
      ...identity(`${prefix}-${i}`),
      timestamp: START_MS + i,
      method: 'GET',
      path: `/orders/${i}`,
      statusCode: 200,
      durationMs: 1.5,
      tags: ['contract'],
    })),
  )
}

/** Records that hold everything a decoded record can hold, each between two plain neighbours. */
export function hostileRecords(prefix: string): readonly AnalyticsRecord[] {
  const records = Object.entries(HOSTILE).flatMap(([name, fields], i) => [
    { ...identity(`${prefix}-neighbour-${i}`), path: '/plain' },
    { ...fields(), ...identity(`${prefix}-${name}`) },
  ])
  return freezeAll([...records, { ...identity(`${prefix}-neighbour-last`), path: '/plain' }])
}

export function contractKey(record: AnalyticsRecord): string {
  return String(record['contractKey'])
}

/** 2026-11-21. */
const START_MS = 1_795_219_200_000
const MAX_FIELD_LENGTH = 262_144
const MAX_FIELDS = 256
const MAX_DEPTH = 16

const HOSTILE: Readonly<Record<string, () => object>> = {
  nothing: () => ({}),
  bytes: () => ({ a: new Uint8Array([0, 255, 10]), b: new Uint8Array(0), c: Buffer.from('x'), n: [new Uint8Array(3)] }),
  dates: () => ({ a: new Date(START_MS), b: new Date(0), c: new Date(-1), d: new Date(Number.NaN) }),
  bigints: () => ({ a: 1n, b: -(2n ** 63n), c: 2n ** 63n - 1n, d: 2n ** 64n - 1n, n: { x: [2n ** 60n] } }),
  numbers: () => ({ a: -0, b: 5e-324, c: Number.MAX_VALUE, d: 2 ** 53, e: -1, f: 0.1, g: 2 ** 31, h: null }),
  texts: () => ({
    a: '',
    b: 'new\nline\r\n',
    c: '\u2028\u2029',
    d: '日本語 👩‍👩‍👧 \u0000 \u001b[31m',
    e: '\ud800 \udfff',
  }),
  longText: () => ({ a: 'é'.repeat(MAX_FIELD_LENGTH) }),
  manyFields: () => Object.fromEntries(Array.from({ length: MAX_FIELDS - 2 }, (_, i) => [`field${i}`, i])),
  deep: () => ({ a: nested(MAX_DEPTH - 2) }),
  emptyContainers: () => ({ a: [], b: {}, c: [[], {}], d: [null] }),
  keysOfMongo: () => ({ $set: 1, 'a.b.c': 2, $where: 'x', n: { $gt: '', 'x.y': 1, $ref: 'a', $id: 1 }, _id: 'mine' }),
  keysOfSql: () => ({ "a'; DROP TABLE x; --": 1, 'a"b`c': 2, 'with space': 3 }),
  keysOfJavaScript: () =>
    JSON.parse('{"__proto__":{"a":1},"constructor":1,"prototype":2,"toString":3,"n":{"__proto__":4}}'),
  keysOfSerializers: () => ({ toJSON: 1, toBSON: 2, _bsontype: 'ObjectId', n: { _bsontype: 'Long', toJSON: null } }),
  keysOfText: () => ({ '': 1, '\u0000': 2, 'a\u0000b': 3, 'line\nbreak': 4, '🙂': 5, n: { '\u0000': 1, '': 2 } }),
  numericKeys: () => ({ 0: 'a', 1: 'b', length: 2, n: { 10: 1 } }),
  wrongTypes: () => ({ timestamp: 'soon', statusCode: 'OK', durationMs: {}, path: 5, tags: 'x', expireAt: 'never' }),
}

/** An id that depends on the name alone (32-bit FNV-1a, twice), so that a redelivered record is the same record. */
function identity(name: string): { id: string; contractKey: string } {
  const seconds = Math.floor(START_MS / 1000).toString(16)
  return { id: `${seconds}${fnv1a(name)}${fnv1a(`${name}!`)}`, contractKey: name }
}

function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(text)) hash = Math.imul(hash ^ unit, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function nested(depth: number): object {
  let value: object = { bottom: true }
  for (let i = 1; i < depth; i++) value = i % 2 === 0 ? { n: value } : { n: [value] }
  return value
}

function freezeAll(records: readonly AnalyticsRecord[]): readonly AnalyticsRecord[] {
  records.forEach(deepFreeze)
  return Object.freeze(records)
}

/** Views cannot be frozen; a decoder hands them out as they are. */
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  Object.freeze(value)
  Object.values(value).forEach(deepFreeze)
}
