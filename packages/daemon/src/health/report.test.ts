import { expect, test } from 'vitest'
import type { PipelineHealth } from '../pipeline/pipeline.ts'
import { makeReport } from './report.ts'

const idle: PipelineHealth = {
  name: 'audit',
  type: 'mongo',
  state: 'idle',
  delivered: 5,
  filtered: 0,
  deadLettered: 0,
  inFlight: 0,
  failures: 0,
  breaker: 'closed',
  sinceStepMs: 3,
  stalled: false,
}
const up = { reachable: true, pingMs: 1 }

test('all is well', () => {
  const report = makeReport(up, [idle], {}, false)
  expect(report).toMatchObject({
    status: 'ok',
    redis: { status: 'ok', pingMs: 1 },
    pumps: { audit: { status: 'ok', delivered: 5 } },
  })
})

test.each([
  ['a pump that fails is degraded: its records are safe', { state: 'failing', failures: 3 }, 'degraded'],
  ['a pump whose start fails is degraded', { state: 'starting', failures: 1 }, 'degraded'],
  ['a pipeline that stalls is unhealthy', { stalled: true }, 'unhealthy'],
] as const)('%s', (_, change, status) => {
  const report = makeReport(
    up,
    [
      { ...idle, name: 'other' },
      { ...idle, ...change },
    ],
    {},
    false,
  )
  expect(report.status).toBe(status)
  expect(report.pumps).toMatchObject({ audit: { status }, other: { status: 'ok' } })
})

test('Redis away is unhealthy, and the reason is said', () => {
  const report = makeReport({ reachable: false, error: 'ECONNREFUSED' }, [idle], {}, false)
  expect(report).toMatchObject({ status: 'unhealthy', redis: { status: 'unhealthy', error: 'ECONNREFUSED' } })
})

test('an edit that cannot be used is degraded, and says why; one that needs a new process is not', () => {
  const refused = { problems: ['line 3: pumps.audit: …'] }
  expect(makeReport(up, [idle], refused, false)).toMatchObject({
    status: 'degraded',
    config: { status: 'degraded', ...refused },
  })
  const later = { needNewProcess: ['log'] }
  expect(makeReport(up, [idle], later, false)).toMatchObject({ status: 'ok', config: { status: 'ok', ...later } })
})
