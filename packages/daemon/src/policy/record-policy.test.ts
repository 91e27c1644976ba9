import { expect, test } from 'vitest'
import { compilePolicy } from './record-policy.ts'

const none = { include: {}, exclude: {} }
const records = Object.freeze([
  Object.freeze({ id: 'a', path: '/a', request: 'long', rawResponse: null }),
  Object.freeze({ id: 'b', path: '/b' }),
])
const details = ['rawRequest', 'rawResponse', 'request']

test('with no policy the very list of the frame is passed on', () => {
  expect(compilePolicy({ filters: none, omitDetailedRecording: false, detailFields: details })(records)).toBe(records)
})

test('details are left out of a frozen copy; the shared record keeps them', () => {
  const shaped = compilePolicy({ filters: none, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped[0]).toEqual({ id: 'a', path: '/a' })
  expect(Object.isFrozen(shaped[0])).toBe(true)
  expect(records[0]).toHaveProperty('request', 'long')
})

test('a record without details is not copied', () => {
  const shaped = compilePolicy({ filters: none, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped[1]).toBe(records[1])
})

test('a filter may look at a field that is omitted afterwards', () => {
  const filters = { include: { request: ['long'] }, exclude: {} }
  const shaped = compilePolicy({ filters, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped).toEqual([{ id: 'a', path: '/a' }])
})

test('a part is sampled by its id, the same records each time, and stands for the others', () => {
  const many = Array.from({ length: 20_000 }, (_, i) =>
    Object.freeze({ id: `6ba7b810000000000${(i + 4096).toString(16)}` }),
  )
  const filters = { ...none, sample: { rate: 0.25, by: 'id' } }
  const policy = compilePolicy({ filters, omitDetailedRecording: false, detailFields: [] })
  const kept = policy(many)
  expect(kept.length / many.length).toBeCloseTo(0.25, 1)
  expect(policy([...many].reverse()).map(({ id }) => id)).toEqual(kept.map(({ id }) => id).reverse())
  expect(kept.every(({ weight }) => weight === 4)).toBe(true)
})

test('what shares the field of the sampling shares its fate, and a weight that is there already grows', () => {
  const traced = Array.from({ length: 1000 }, (_, i) => ({ id: String(i), traceId: `trace-${i % 50}`, weight: 10 }))
  const filters = { ...none, sample: { rate: 0.5, by: 'traceId' } }
  const kept = compilePolicy({ filters, omitDetailedRecording: false, detailFields: [] })(traced)
  const traces = new Set(kept.map(({ traceId }) => traceId))
  expect(traces.size).toBeGreaterThan(10)
  expect(traces.size).toBeLessThan(40)
  expect(kept).toHaveLength(traces.size * 20)
  expect(kept[0]).toHaveProperty('weight', 20)
})
