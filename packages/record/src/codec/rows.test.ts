import { describe, expect, test } from 'vitest'
import { readRows } from '../../test/read-rows.ts'
import { createRowBuilder } from './rows.ts'

/** The fields of the only record of a batch. */
function fieldsOf(record: unknown, weight?: number): Record<string, unknown> {
  const builder = createRowBuilder()
  builder.add(record as object, weight)
  const batch = builder.take()
  const [shape, ...values] = readRows(batch)[0]!
  return Object.fromEntries(batch.shapes[shape]?.map((name, i) => [name, values[i]]) ?? [])
}

describe('a row builder', () => {
  test('keeps the order of the records and writes the names of each shape once', () => {
    const builder = createRowBuilder()
    for (const record of [{ a: 1, b: 'x' }, { b: 'y' }, { a: 2, b: 'z' }, {}]) builder.add(record)
    expect(builder.count).toBe(4)
    const batch = builder.take()
    expect(batch.shapes).toEqual([['a', 'b'], ['b'], []])
    expect(readRows(batch)).toEqual([[0, 1, 'x'], [1, 'y'], [0, 2, 'z'], [2]])
  })

  test('tells the bytes each record added, and their sum', () => {
    const builder = createRowBuilder()
    const small = builder.add({ path: '/' })
    const large = builder.add({ path: '/'.repeat(1000) })
    expect(large).toBeGreaterThan(1000)
    expect(builder.bytes).toBe(small + large)
    expect(builder.take().bytes).toBe(small + large)
  })

  test('starts an empty batch after take, with shapes numbered anew', () => {
    const builder = createRowBuilder()
    builder.add({ a: 1 })
    builder.add({ b: 1 })
    builder.take()
    expect([builder.count, builder.bytes]).toEqual([0, 0])
    builder.add({ b: 2 })
    const batch = builder.take()
    expect(batch).toMatchObject({ shapes: [['b']], count: 1 })
    expect(readRows(batch)).toEqual([[0, 2]])
  })

  test('leaves undefined out, as another shape', () => {
    expect(fieldsOf({ a: undefined, b: 1 })).toEqual({ b: 1 })
  })

  test('multiplies the weight of a record by that of the record among others', () => {
    const records = [{ a: 1 }, { weight: 7, a: 1 }, { a: 1, weight: 0.5 }, { weight: 'x' }, { weight: -1 }]
    expect(records.map(record => fieldsOf(record, 2)['weight'])).toEqual([2, 14, 1, 2, 2])
    expect(fieldsOf({ weight: 7, a: 1 }, 2)).toEqual({ weight: 14, a: 1 })
    expect(fieldsOf({ weight: 7 })).toEqual({ weight: 7 })
  })

  test('does not see later changes', () => {
    const tags = ['a']
    const record = { tags, inner: { deep: { n: 1 } }, bytes: Buffer.from('abc'), at: new Date(5) }
    const builder = createRowBuilder()
    builder.add(record)
    tags.push('b')
    record.inner.deep.n = 2
    record.bytes[0] = 0
    record.at.setTime(6)
    expect(readRows(builder.take())).toEqual([[0, ['a'], { deep: { n: 1 } }, Uint8Array.of(97, 98, 99), new Date(5)]])
  })

  test('gives rows that can be posted to another thread', () => {
    const builder = createRowBuilder()
    builder.add({ m: new Map([['k', () => 1]]), e: new TypeError('no'), b: 2n ** 64n, d: new Date(1), s: Symbol('s') })
    const batch = builder.take()
    expect(structuredClone(batch)).toEqual(batch)
  })

  test('cuts the keys that the frame and the language keep for themselves, and counts them', () => {
    const builder = createRowBuilder()
    builder.add(JSON.parse('{"id":"order-17","a":1,"__proto__":{"polluted":true},"n":{"id":"kept","__proto__":1}}'))
    const batch = builder.take()
    expect(batch.shapes).toEqual([['a', 'n']])
    expect(readRows(batch)).toEqual([[0, 1, { id: 'kept' }]])
    expect(builder.altered).toEqual({ reserved_key: 3 })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('takes own fields only, also when every object inherits one', () => {
    const prototype = Object.prototype as Record<string, unknown>
    prototype['inherited'] = 1
    try {
      expect(Object.keys(fieldsOf({ a: 1 }))).toEqual(['a'])
    } finally {
      delete prototype['inherited']
    }
  })

  test('makes records of objects that are not plain', () => {
    class Audit {
      effect = 'allow'
      #hidden = 1
      get method(): number {
        return this.#hidden
      }
    }
    expect(fieldsOf(new Audit())).toEqual({ effect: 'allow' })
    expect(
      fieldsOf(
        new Map<unknown, unknown>([
          ['a', 1],
          [2, 'b'],
        ]),
      ),
    ).toEqual({ a: 1, 2: 'b' })
    expect(fieldsOf(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 })
    expect(fieldsOf({ toJSON: 1, a: 2 })).toEqual({ toJSON: 1, a: 2 })
    expect(fieldsOf(new RangeError('far'))).toEqual({ name: 'RangeError', message: 'far' })
  })

  test.each([
    [null, {}],
    [undefined, {}],
    ['text', { value: 'text' }],
    [42, { value: 42 }],
    [[1, 'a'], { value: [1, 'a'] }],
    [new Date(7), { value: new Date(7) }],
    [() => 1, {}],
    [Symbol('s'), {}],
  ])('keeps %o, which is no record, as far as it can', (record, fields) => {
    const builder = createRowBuilder()
    builder.add(record as unknown as object)
    expect(builder.altered).toMatchObject({ not_a_record: 1 })
    expect(fieldsOf(record)).toEqual(fields)
  })

  test('starts its tree of shapes anew instead of growing for ever', () => {
    const builder = createRowBuilder({ maxShapes: 20_000 })
    for (let i = 0; i < 10_000; i++) builder.add({ same: 1, [`made up ${i}`]: i })
    const batch = builder.take()
    const rows = readRows(batch)
    expect(rows).toHaveLength(10_000)
    expect(batch.shapes[rows[9999]![0]]).toEqual(['same', 'made up 9999'])
  })
})
