import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createBoundedCounts } from './bounded-counts.ts'
import type { SampleSettings } from './sample-option.ts'
import { createSampler, type WeightOf } from './sampler.ts'

function sampler(settings: Partial<SampleSettings>, random?: () => number): WeightOf {
  return createSampler({ rate: 1, keepErrors: true, slowMs: 1000, rules: [], ...settings }, random)!
}

/** Ids as random as those of a tracer. */
function traceIds(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(16).toString('hex'))
}

test('there is no sampler when everything is kept', () => {
  expect(createSampler({ rate: 1, keepErrors: true, slowMs: 1, rules: [{ route: '/a', rate: 1 }] })).toBeUndefined()
})

test('a record that is kept stands for those that are not', () => {
  expect(sampler({ rate: 0.25 }, () => 0.75)({})).toBe(4)
  expect(sampler({ rate: 0.25 }, () => 0.74)({})).toBe(0)
  expect(sampler({ rate: 0 }, () => 0.9999)({})).toBe(0)
})

test('errors, outcomes other than ok, and what is slow stand for themselves', () => {
  const weightOf = sampler({ rate: 0, slowMs: 300 })
  expect(weightOf({ outcome: 'ok', statusCode: 404, durationMs: 299 })).toBe(0)
  expect(weightOf({ statusCode: 500 })).toBe(1)
  expect(weightOf({ outcome: 'aborted' })).toBe(1)
  expect(weightOf({ outcome: 'ok', statusCode: 200, durationMs: 300 })).toBe(1)
  expect(weightOf({ outcome: 'ok', phase: 'open' })).toBe(1)
  expect(sampler({ rate: 0, keepErrors: false })({ outcome: 'error', statusCode: 500 })).toBe(0)
})

test('the first rule that matches says the share, by route or path, method and status', () => {
  const rules = [
    { route: '/health*', rate: 0 },
    { route: '/orders/*', method: 'POST', rate: 1 },
    { status: '4xx', rate: 0.5 },
    { status: '200-201', rate: 0 },
    { status: 204, rate: 0 },
  ]
  const weightOf = sampler({ rate: 0.1, rules }, () => 0.95)
  expect(weightOf({ route: '/health/live' })).toBe(0)
  expect(weightOf({ path: '/healthz' })).toBe(0)
  expect(weightOf({ route: '/orders/:id', method: 'POST' })).toBe(1)
  expect(weightOf({ route: '/orders/:id', method: 'GET', statusCode: 404 })).toBe(2)
  expect(weightOf({ statusCode: 201 })).toBe(0)
  expect(weightOf({ statusCode: 204 })).toBe(0)
  expect(weightOf({ statusCode: 202 })).toBe(10)
  expect(weightOf({ route: 5, statusCode: '404' })).toBe(10)
})

test('two services keep the same traces, and a service that keeps more keeps those too', () => {
  const [few, alsoFew, many] = [sampler({ rate: 0.2 }), sampler({ rate: 0.2 }), sampler({ rate: 0.6 })]
  const ids = traceIds(5_000)
  const kept = ids.filter(traceId => few({ traceId }) > 0)
  expect(kept).toEqual(ids.filter(traceId => alsoFew({ traceId }) > 0))
  expect(kept.every(traceId => many({ traceId }) > 0)).toBe(true)
  expect(kept.length / ids.length).toBeGreaterThan(0.16)
  expect(kept.length / ids.length).toBeLessThan(0.24)
})

test('the weights add up to what there was', () => {
  const weightOf = sampler({ rate: 0.1, rules: [{ status: '2xx', rate: 0.02 }] })
  const records = traceIds(20_000).map((traceId, i) => (i % 2 > 0 ? { traceId } : { statusCode: 200 }))
  const total = records.reduce((sum, record) => sum + weightOf(record), 0)
  expect(total / records.length).toBeGreaterThan(0.8)
  expect(total / records.length).toBeLessThan(1.2)
})

test('a record that cannot be looked at is kept', () => {
  const hostile = {
    get outcome(): never {
      throw new Error('of the application')
    },
  }
  expect(sampler({ rate: 0 })(hostile)).toBe(1)
})

test('counters by name are bounded; the rest share one', () => {
  const counts = createBoundedCounts(2)
  for (const name of ['/a', '/b', '/c', '/a', '/d']) counts.add(name)
  expect(counts.all()).toEqual({ '/a': 2, '/b': 1, other: 2 })
})

test('a trace is kept where OpenTelemetry keeps it: its 56 random bits are at least the threshold', () => {
  const ids = traceIds(5_000)
  for (const rate of [0.1, 0.25]) {
    const threshold = BigInt(Math.round(2 ** 56 * (1 - rate)))
    const kept = ids.filter(id => BigInt(`0x${id.slice(-14)}`) >= threshold)
    expect(ids.filter(traceId => sampler({ rate })({ traceId }) > 0)).toEqual(kept)
  }
})
