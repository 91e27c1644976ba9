import { createProducer } from '@pumphouse/queue'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, test } from 'vitest'
import { connected } from '../test/test-set.ts'
import { startGapWatch } from './gap-watch.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())

const frame = (sequence: number) => ({ sequence, count: 1, bytes: new Uint8Array(1) })

test('a gap is said once, and again when it grew', async ctx => {
  const { url } = await server.orSkip(ctx.skip)
  const redis = await connected(url)
  const lines: object[] = []
  const log = { info() {}, warn: (fields: object) => lines.push(fields), error() {} }
  const set = { name: 'gaps', partitions: 1 }
  const whole = createProducer(redis, { ...set, lane: 'whole' })
  const torn = createProducer(redis, { ...set, lane: 'torn' })
  await whole.push([frame(1), frame(2)])
  await torn.push([frame(1), frame(5)])
  const watch = startGapWatch({ redis, set, log: log as never, everyMs: 10 })
  await until('the gap is said', () => lines.length > 0)
  await torn.push([frame(7)])
  await until('it is said again', () => lines.length > 1)
  await watch.stop(1_000)
  expect(lines).toMatchObject([
    { instance: 'torn', missingFrames: 3 },
    { instance: 'torn', missingFrames: 4 },
  ])
  redis.disconnect()
})
