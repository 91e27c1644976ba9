import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { readRows } from '../test/read-rows.ts'
import { decodeFrame } from './codec/decode-frame.ts'
import { encodeFrame } from './codec/encode-frame.ts'
import type { RowLimits } from './codec/row-limits.ts'
import { createRowBuilder, type RowBatch } from './codec/rows.ts'
import type { AnalyticsRecord } from './record.ts'
import { createRecordIdSource } from './record-id.ts'
import { createRedactor } from './redaction/redactor.ts'

const ids = createRecordIdSource()
const producer = {
  service: 's',
  instance: 'i',
  lane: 'l',
  sequence: 1,
  counters: { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} },
}

function recordsOf(batch: RowBatch): readonly AnalyticsRecord[] {
  return decodeFrame(encodeFrame(ids.allocate(batch.count), producer, batch)).records
}

function built(limits: Partial<RowLimits>, records: readonly object[]) {
  const builder = createRowBuilder(limits)
  for (const record of records) builder.add(record)
  const batch = builder.take()
  return { builder, batch, records: recordsOf(batch) }
}

describe('shapes', () => {
  test('beyond the bound keep their well-known fields in place and the others in one', () => {
    const { builder, records } = built({ maxShapes: 2 }, [
      { a: 1 },
      { b: 2 },
      { statusCode: 200, c: 3, path: '/x', d: { e: [1] } },
      { a: 4 },
    ])
    expect(records).toMatchObject([
      { a: 1 },
      { b: 2 },
      { statusCode: 200, path: '/x', otherFields: { c: 3, d: { e: [1] } } },
      { a: 4 },
    ])
    expect(builder.altered).toEqual({ too_many_shapes: 1 })
  })

  test('of well-known fields alone are bounded as well, and no value is lost', () => {
    const names = ['path', 'method', 'host', 'statusCode', 'outcome', 'username', 'userAgent', 'route']
    const sent = Array.from({ length: 2 ** names.length }, (_, set) => ({
      timestamp: set,
      ...Object.fromEntries(names.filter((_, bit) => set & (1 << bit)).map(name => [name, `${name}${set}`])),
    }))
    const { batch, records, builder } = built({ maxShapes: 5 }, sent)
    expect(batch.shapes.length).toBeLessThanOrEqual(2 * 5 + 1)
    expect(records.map(({ id, otherFields = {}, ...fields }) => ({ ...fields, ...(otherFields as object) }))).toEqual(
      sent,
    )
    expect(builder.altered).toEqual({ too_many_shapes: sent.length - 5 })
  })

  test('that were known stay known when thousands of names come between', () => {
    const { builder, batch } = built({ maxShapes: 50 }, [
      { first: 1, second: 2 },
      ...Array.from({ length: 10_000 }, (_, i) => ({ [`field${i}`]: i })),
      { first: 3, second: 4 },
    ])
    // The tree starts anew now and then, and a shape is listed once more.
    expect(batch.shapes.length).toBeLessThan(60)
    expect(batch.shapes[readRows(batch).at(-1)![0]]).toEqual(['first', 'second'])
    expect(builder.altered).toEqual({ too_many_shapes: 10_000 - 49 })
  })

  test('with a weight have it in its place', () => {
    const builder = createRowBuilder({ maxShapes: 0 })
    builder.add({ a: 1 }, 5)
    expect(recordsOf(builder.take())).toMatchObject([{ weight: 5, otherFields: { a: 1 } }])
  })

  test('are redacted as if their fields were in place', () => {
    const { batch } = built({ maxShapes: 0 }, [{ password: 'x', note: 'y', deep: { pin: 1 }, kept: 2 }])
    const redactor = createRedactor({ mask: ['note', 'deep.pin'] })
    expect(recordsOf(redactor!.batch(batch))).toMatchObject([
      { otherFields: { password: '[redacted]', note: '[redacted]', deep: { pin: '[redacted]' }, kept: 2 } },
    ])
  })
})

test('routes beyond the bound are called other, and what is no text stays', () => {
  const routes = ['/a', '/b', '/c', '/a', 5, '/d']
  const { builder, records } = built(
    { maxRoutes: 2 },
    routes.map(route => ({ route })),
  )
  expect(records.map(({ route }) => route)).toEqual(['/a', '/b', 'other', '/a', 5, 'other'])
  expect(builder.altered).toEqual({ too_many_routes: 2 })
})

test('tags beyond the bound are called other, by their keys, in lists and in maps', () => {
  const tags = [['env:a', 'x'], ['env:b', 'late=1', 'later=2', 3], { env: 1, more: 2, most: 3 }, ['x']]
  const { builder, records } = built(
    { maxTagKeys: 2 },
    tags.map(value => ({ tags: value })),
  )
  expect(records.map(record => record.tags)).toEqual([
    ['env:a', 'x'],
    ['env:b', 3, 'other'],
    { env: 1, other: 2 },
    ['x'],
  ])
  expect(builder.altered).toEqual({ too_many_tag_keys: 2 })
})

test('a hundred thousand routes and shapes do not grow the memory', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const builder = createRowBuilder()
  const long = 'x'.repeat(400)
  for (let i = 0; i < 20_000; i++) {
    builder.add({ route: `/${i}/${long}`, [`${long}${i}`]: 1 })
    if (builder.count === 200) builder.take()
  }
  gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 20_000; i < 100_000; i++) {
    builder.add({ route: `/${i}/${long}`, [`${long}${i}`]: 1 })
    if (builder.count === 200) builder.take()
  }
  gc()
  // Without a bound they would take 2 × 80,000 × 400 bytes.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000)
})

test('tags that are a text, and what is in lists and maps of tags, are bounded alike', () => {
  const tags = ['a:1', 'late:2', { b: { c: 1, late: 2 }, a: 'late:3' }, [{ b: 1, late: 2 }, 'a:2'], 5]
  const { builder, records } = built({ maxTagKeys: 3 }, [
    { tags: ['a', 'b', 'c'] },
    ...tags.map(value => ({ tags: value })),
  ])
  expect(records.slice(1).map(record => record.tags)).toEqual([
    'a:1',
    'other',
    { b: { c: 1, other: 1 }, a: 'late:3' },
    [{ b: 1, other: 1 }, 'a:2'],
    5,
  ])
  expect(builder.altered).toEqual({ too_many_tag_keys: 3 })
})
