import { expect, it } from 'vitest'
import { loadReporterOptions } from './options.ts'
import { createReporter } from './reporter.ts'

it('a disabled reporter takes nothing, counts nothing and holds nothing', async () => {
  const before = process.getActiveResourcesInfo()
  const reporter = createReporter({ service: 's', redis: 'redis://127.0.0.1:1', disabled: true })
  expect(reporter.disabled).toBe(true)
  expect(reporter.record({ path: '/' })).toBe(false)
  expect(process.getActiveResourcesInfo()).toEqual(before)
  expect(reporter.stats()).toMatchObject({ created: 0, accepted: 0, queued: 0, workers: 0, redis: 'down' })
  expect(await reporter.flush()).toBe(true)
  expect(await reporter.close()).toEqual(reporter.stats())
})

it('is what the environment makes of one, and its options are still checked', () => {
  expect(loadReporterOptions({ service: 's' }, { PUMPHOUSE_REPORTER_DISABLED: 'true' }).disabled).toBe(true)
  expect(() => createReporter({ disabled: true })).toThrow('service')
})
