import { describe, expect, it } from 'vitest'
import { createBoundedCounts } from './bounded-counts.ts'
import { createCarriedRoutes, MAX_CARRIED_ROUTES } from './carried-routes.ts'
import { createMemoryReporter } from './memory-reporter.ts'

const counting = (...names: readonly string[]) => {
  const counts = createBoundedCounts(500)
  for (const name of names) counts.add(name)
  return counts
}

describe('what was sampled out, as it travels', () => {
  it('is nothing while nothing was', () => {
    expect(createCarriedRoutes(counting(), {})()).toBeUndefined()
  })

  it('is by route, the first ones by their names and the later ones together; each count only grows', () => {
    const counts = counting('', '/a', '/a')
    const carried = createCarriedRoutes(counts, {})
    expect(carried()).toEqual({ '': 1, '/a': 2 })
    for (let n = 0; n < 200; n++) counts.add(`/made/of/data/${n}`)
    counts.add('/a')
    const all = carried() ?? {}
    expect(Object.keys(all)).toHaveLength(MAX_CARRIED_ROUTES + 1)
    expect(all).toMatchObject({ '': 1, '/a': 3, other: 200 - (MAX_CARRIED_ROUTES - 2) })
  })

  it('calls what is no template `other`', () => {
    expect(createCarriedRoutes(counting('/x'.repeat(500)), {})()).toEqual({ other: 1 })
  })

  it('has the names that the redaction leaves', () => {
    const rules = { patterns: ['[a-z]+@[a-z.]+'] }
    const carried = createCarriedRoutes(counting('/users/ann@example.com', '/users/bob@example.com', '/plain'), rules)
    expect(carried()).toEqual({ '/users/[redacted]': 2, '/plain': 1 })
    expect(createCarriedRoutes(counting('/mm/4111111111111111/:id'), {})()).toEqual({ '/mm/[redacted]/:id': 1 })
    expect(createCarriedRoutes(counting('/secret'), { remove: ['route'] })()).toEqual({ other: 1 })
  })
})

it('a secret in the name of a route that was left out reaches the stats of the process alone', async () => {
  const options = { sample: { rules: [{ route: '/users/*', rate: 0 }] }, redact: { patterns: ['[a-z]+@[a-z.]+'] } }
  const reporter = createMemoryReporter(options)
  expect(reporter.record({ route: '/users/ann@example.com' })).toBe(false)
  reporter.record({ path: '/kept' })
  await reporter.flush()
  expect(reporter.records).toMatchObject([{ path: '/kept' }])
  expect(reporter.stats().sampledOutByRoute).toEqual({ '/users/ann@example.com': 1 })
  await reporter.close()
})
