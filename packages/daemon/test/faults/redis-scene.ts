import { connectRedis } from '@pumphouse/queue'
import { type FaultProxy, type RunningServer, sharedServer, startProxy, startRedis, until } from '@pumphouse/testkit'
import type { Redis } from 'ioredis'
import { expect, onTestFinished, type TestContext } from 'vitest'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import { createTestDaemon, type KeepingPump, keepingPump, type TestLog } from '../test-pipeline.ts'
import { createTestSet, type TestSet } from '../test-set.ts'
import { ledgerProblems } from './evidence.ts'
import { pushSteadily, type SteadyPush } from './steady-push.ts'

/** A producer that pushes all the time and a pipeline that drains, both behind a proxy to a Redis of their own. */
export interface RedisScene {
  readonly redis: RunningServer
  /** Producer and pipeline reach Redis through it; nothing else does. */
  readonly proxy: FaultProxy
  /** Past the proxy: to break things, and to look. */
  readonly set: TestSet
  readonly admin: Redis
  readonly pushing: SteadyPush
  readonly pipeline: Pipeline
  readonly pump: KeepingPump
  readonly log: TestLog
  readonly frames: string
  readonly counters: string
  /** Resolves when so many more records (default 500) were delivered. */
  flows(records?: number): Promise<unknown>
  /** Resolves when no record was accepted for a while: the producer has noticed. */
  stops(): Promise<unknown>
  /** Ends pushing, waits until nothing is pending, and opens the books: every record accepted is delivered and counted once. */
  close(): Promise<void>
}

const FLOW_MS = 60_000
const STANDSTILL_MS = 300
/** What a lost reply leaves behind is taken up again after this. */
const LEASE_MS = 500

/** Sets the scene, flowing. `args` for the server, `commandTimeoutMs` (default 500) for both connections, `leaseMs` default 500. */
export async function redisScene(
  ctx: TestContext,
  args: readonly string[] = [],
  options: { commandTimeoutMs?: number; leaseMs?: number; fields?: () => object } = {},
): Promise<RedisScene> {
  const redis = await sharedServer(() => startRedis(args)).orSkip(ctx.skip)
  const proxy = await startProxy(redis.port)
  const url = `redis://127.0.0.1:${proxy.port}`
  const set = await createTestSet(redis.url)
  const behind = await new Promise<Redis>(resolve => {
    const commandTimeoutMs = options.commandTimeoutMs ?? 500
    const client = connectRedis({ url, commandTimeoutMs }, 'behind the proxy', { onUp: () => resolve(client) })
  })
  const daemon = createTestDaemon({ ...set, redis: behind }, { leaseMs: options.leaseMs ?? LEASE_MS })
  const pump = keepingPump()
  const pipeline = daemon.add('audit', pump)
  const pushing = pushSteadily(url, set.name, options)
  onTestFinished(async () => {
    proxy.heal()
    await Promise.race([pushing.stop(), new Promise(resolve => setTimeout(resolve, 1000))])
    await daemon.stop(500)
    behind.disconnect()
    set.close()
    await proxy.close()
    await redis.stop()
  })
  pipeline.start()

  async function flows(records = 500): Promise<void> {
    const { length } = pump.got
    await until(`${records} more records`, () => pump.got.length >= length + records, FLOW_MS)
  }
  await flows()

  return {
    redis,
    proxy,
    set,
    admin: set.redis,
    pushing,
    pipeline,
    pump,
    log: daemon.log,
    frames: `{${set.name}:0}:frames`,
    counters: `{${set.name}:0}:counters`,
    flows,
    stops() {
      let last = -1
      let since = performance.now()
      return until('nothing is accepted any more', () => {
        if (pushing.accepted !== last) since = performance.now()
        last = pushing.accepted
        return performance.now() - since > STANDSTILL_MS
      })
    },
    async close() {
      const accepted = await pushing.stop()
      await until('nothing is pending', async () => (await set.status('audit')).pending === 0, FLOW_MS)
      await daemon.stop()
      expect((await set.status('audit')).pushed, 'pushed').toBe(accepted)
      expect(await ledgerProblems(set, 'audit', { delivered: pump.got.map(String), mayRepeat: true })).toEqual([])
    },
  }
}
