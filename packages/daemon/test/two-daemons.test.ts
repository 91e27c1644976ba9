import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { ascending, numbers } from './test-pipeline.ts'
import { createTestSet, type TestSet } from './test-set.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())
let first: DaemonFolder
let second: DaemonFolder
let set: TestSet
const RECORDS = 30_000

/** Two daemons on one set, each with a pump that takes at least 20 ms for 100 records. */
async function startBoth(url: string, lease: string) {
  set = await createTestSet(url)
  await set.push(RECORDS, { perFrame: 50 })
  const yaml = `
redis: { url: "${url}" }
analytics: { name: ${set.name}, lease: ${lease} }
purgeDelay: 50ms
batch: { maxRecords: 100, maxAge: 50ms }
health: { enabled: false }
pumps:
  audit: { type: ./lines.mjs, meta: { path: audit.lines, mode: slow } }
`
  for (const folder of [first, second]) folder.configure(yaml)
  const daemons = [first, second].map(folder => folder.start('run', '-c', 'pump.yaml'))
  const working = (): boolean => [first, second].every(folder => folder.written('audit.lines').length > 1000)
  await until('both are at work', working)
  return daemons
}

const written = (): number[] => [...first.written('audit.lines'), ...second.written('audit.lines')]
const finished = (timeoutMs: number): Promise<unknown> =>
  until('nothing is pending', async () => (await set.status('audit')).pending === 0, timeoutMs)

beforeEach(() => {
  first = createDaemonFolder()
  second = createDaemonFolder()
})
afterEach(() => {
  first.remove()
  second.remove()
  set?.close()
})

test('two daemons share the work; what one was working on when it stopped is the other’s at once', async ctx => {
  const [leaving, staying] = await startBoth((await server.orSkip(ctx.skip)).url, '10m')
  leaving?.process.kill('SIGTERM')
  expect(await leaving?.exitCode()).toBe(0)
  const done = first.written('audit.lines').length
  await finished(50_000)
  expect(first.written('audit.lines')).toHaveLength(done)
  expect(ascending(written())).toEqual(numbers(RECORDS))
  staying?.process.kill('SIGTERM')
  await staying?.exitCode()
  expect(await set.status('audit')).toMatchObject({ delivered: RECORDS, leasedFrames: 0, holds: true })
})

test('what a killed daemon was working on is the other’s after the lease', async ctx => {
  const [killed] = await startBoth((await server.orSkip(ctx.skip)).url, '1s')
  killed?.process.kill('SIGKILL')
  await finished(50_000)
  // The killed one had written some it could not ack any more: a target without ids gets those twice, and none is missing.
  const all = written()
  expect(ascending([...new Set(all)])).toEqual(numbers(RECORDS))
  expect(await set.status('audit')).toMatchObject({ delivered: RECORDS, leasedFrames: 0, holds: true })
})
