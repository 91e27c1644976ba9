import { expect, test } from 'vitest'
import { loadPump } from './load-pump.ts'

const source = {
  env: {},
  lineOf: (path: string) => (path === 'pumps.a.meta.url' ? 7 : undefined),
  folder: '.',
  drain: {
    purgeDelay: 0,
    omitDetailedRecording: false,
    detailFields: [],
    timeout: 1,
    batch: { maxRecords: 1, maxBytes: 1, maxAge: 1 },
    retry: { initial: 1, max: 1, deadline: 0 },
    breaker: { failures: 0, openFor: 1 },
    startAt: 'backlog',
  },
} as unknown as Parameters<typeof loadPump>[3]

test('what a pump itself says about its options is a problem of the file, with path and line', async () => {
  const meta = { url: 'mongodb://user:hunter2@127.0.0.1:27017' }
  const { problems } = await loadPump('a', { type: 'mongo', meta }, 'PUMPHOUSE_PUMPS_A', source)
  expect(problems).toMatchObject([{ path: 'pumps.a.meta.url', line: 7, expected: expect.stringContaining('database') }])
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})
