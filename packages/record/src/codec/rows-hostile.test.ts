import { describe, expect, test } from 'vitest'
import { readRows } from '../../test/read-rows.ts'
import { MAX_BATCH_BYTES } from './frame.ts'
import type { RowLimits } from './row-limits.ts'
import { createRowBuilder } from './rows.ts'

/** What became of a record: its fields, what was counted, its bytes. */
function add(record: unknown, limits: Partial<RowLimits> = {}) {
  const builder = createRowBuilder(limits)
  const bytes = builder.add(record as object)
  const batch = builder.take()
  const [shape, ...values] = readRows(batch)[0]!
  const fields = Object.fromEntries(batch.shapes[shape]?.map((name, i) => [name, values[i]]) ?? [])
  return { fields, altered: builder.altered, bytes }
}

function thrower(): never {
  throw new Error('on purpose')
}

const TRAPS = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'isExtensible'] as const

describe('a hostile record arrives without what is wrong with it', () => {
  test('getters that throw', () => {
    const record = {
      a: 1,
      get b() {
        return thrower()
      },
      c: {
        get d() {
          return thrower()
        },
        e: 2,
      },
      f: 3,
    }
    expect(add(record)).toMatchObject({ fields: { a: 1, c: { e: 2 }, f: 3 }, altered: { threw: 2 } })
  })

  test.each(TRAPS)('a proxy whose %s throws', trap => {
    const hostile = () => new Proxy({ a: 1 }, { [trap]: thrower })
    expect(() => add(hostile())).not.toThrow()
    expect(add({ before: 1, hostile: hostile(), after: 2 }).fields).toMatchObject({ before: 1, after: 2 })
  })

  test('revoked proxies, and arrays behind proxies', () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    expect(add(proxy)).toMatchObject({ fields: {}, altered: { threw: 1 } })
    expect(add({ proxy, ok: 1 })).toMatchObject({ fields: { ok: 1 }, altered: { threw: 1 } })
    const endless = new Proxy([], {
      get: (_, key) => (key === 'length' ? Number.POSITIVE_INFINITY : key === 'toJSON' ? undefined : 1),
    })
    expect(add({ endless }, { maxValues: 10 })).toMatchObject({ altered: { too_many_values: 1 } })
  })

  test('a toJSON that throws, returns itself, or returns a thousand more of its kind', () => {
    const itself = { a: 1, toJSON: () => itself }
    const again = (): unknown => ({ toJSON: again })
    const { fields, altered } = add({ bad: { toJSON: thrower }, itself, more: { toJSON: again } })
    expect(fields).toEqual({ itself: { a: 1 } })
    expect(altered).toEqual({ threw: 1, function: 1, too_deep: 1 })
  })

  test('cycles', () => {
    const record: Record<string, unknown> = { a: 1, list: [] }
    record['self'] = record
    ;(record['list'] as unknown[]).push(record['list'], 2)
    const { fields, altered } = add(record)
    expect(fields).toMatchObject({ a: 1, list: [null, 2] })
    expect(altered['cycle']).toBeGreaterThanOrEqual(2)
  })

  test('the same object twice is no cycle', () => {
    const shared = { x: 1 }
    expect(add({ a: shared, b: [shared, shared] })).toMatchObject({
      fields: { a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] },
      altered: {},
    })
  })

  test('depth 1000', () => {
    let deep: unknown = 'bottom'
    for (let i = 0; i < 1000; i++) deep = i % 2 ? { deep } : [deep]
    const { fields, altered } = add({ deep, ok: true })
    expect(altered).toEqual({ too_deep: 1 })
    expect(fields['ok']).toBe(true)
  })

  test('a string of 50 MB, whose characters are not even looked at', () => {
    const text = 'x'.repeat(50_000_000)
    const { fields, altered, bytes } = add({ text, inner: { text }, ok: 1 })
    expect(fields).toEqual({ text: '[50000000 characters]', inner: { text: '[50000000 characters]' }, ok: 1 })
    expect(altered).toEqual({ too_long: 2 })
    expect(bytes).toBeLessThan(3000)
  })

  test('a string that is too long, of which the start is kept', () => {
    const text = 'x'.repeat(16_000)
    const { fields, altered } = add({ text, inner: { text }, ok: 1 }, { maxFieldLength: 1000 })
    expect(fields).toEqual({ text: 'x'.repeat(1000), inner: { text: 'x'.repeat(1000) }, ok: 1 })
    expect(altered).toEqual({ too_long: 2 })
  })

  test('a text cut inside a pair of surrogates loses the half pair', () => {
    expect(add({ text: 'ab\u{1f600}cd' }, { maxFieldLength: 3 }).fields).toEqual({ text: 'ab' })
  })

  test('10,000 keys', () => {
    const record = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))
    const { fields, altered } = add(record)
    expect(Object.keys(fields)).toHaveLength(256)
    expect(altered).toEqual({ too_many_fields: 1 })
    expect(add(new Map(Object.entries(record))).altered).toEqual({ too_many_fields: 1, too_many_values: 1 })
  })

  test('a key of a megabyte', () => {
    const key = 'k'.repeat(1_000_000)
    expect(add({ [key]: 1, in: { [key]: 1, a: 1 } })).toMatchObject({
      fields: { in: { a: 1 } },
      altered: { key_too_long: 2 },
    })
  })

  test('huge arrays, sparse arrays, huge sets', () => {
    const record = { list: new Array(4_000_000_000), set: new Set(Array.from({ length: 10_000 }, (_, i) => i)), ok: 1 }
    const { fields, altered } = add(record, { maxValues: 100 })
    expect(fields).toEqual({ list: new Array(100).fill(null).slice(0, 99), set: [], ok: 1 })
    expect(altered).toEqual({ too_many_values: 2 })
  })

  test('more than the record may hold: fields are left out, the others stay', () => {
    const piece = 'x'.repeat(400)
    const { fields, altered, bytes } = add({ a: piece, b: piece, c: piece, ok: 1 }, { maxRecordBytes: 1024 })
    expect(Object.keys(fields)).toEqual(['a', 'b', 'ok'])
    expect(altered).toEqual({ record_too_big: 1 })
    expect(bytes).toBeLessThanOrEqual(1024 + 100)
  })

  test('limits beyond what a frame holds are lowered to it', () => {
    const big = Number.MAX_SAFE_INTEGER
    const record = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 'x'.repeat(100_000)]))
    const limits = { maxFields: big, maxFieldLength: big, maxRecordBytes: big, maxDepth: big, maxValues: big }
    expect(add(record, limits).bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES)
  })

  test('a stack that is nearly full', () => {
    const builder = createRowBuilder()
    const dive = (): number => {
      try {
        return dive()
      } catch {
        return builder.add({ a: { b: { c: [1] } } })
      }
    }
    expect(dive).not.toThrow()
  })
})
