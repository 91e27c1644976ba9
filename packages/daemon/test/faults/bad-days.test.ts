/**
 * One daemon with a pump of each type that has a server, each through a proxy of its own, and a sound one beside them. On each of their bad days
 * health says in words what is wrong, the sound pump does not notice, and afterwards every record has one fate at every target. In a soak every day
 * on which a target does not answer is a minute long at least.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  type FaultProxy,
  type HostedKind,
  sharedServer,
  startMongo,
  startMongoJava,
  startRedis,
  until,
} from '@pumphouse/testkit'
import { afterAll, expect, onTestFinished, type TestContext, test } from 'vitest'
import { createDaemonFolder, type RunningCommand } from '../daemon-command.ts'
import { numbers } from '../test-pipeline.ts'
import { createTestSet, type TestSet } from '../test-set.ts'
import { byIndex, byValidator, mongoTarget, searchTarget, type Target, webhookTarget } from './bad-day-targets.ts'
import { isSoak } from './storm-choice.ts'

const redisServer = sharedServer(startRedis)
const mongoServer = sharedServer(startMongo)
const mongoJavaServer = sharedServer(startMongoJava)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop(), mongoJavaServer.stop()]))

/** Servers may have to be started, one after the other; then every target has its bad days. */
const TEST_TIMEOUT_MS = isSoak() ? 1_200_000 : 400_000
/** How long targets do not answer at least. */
const AWAY_MS = isSoak() ? 60_000 : 0
/** A day passes when the breaker has probed and the batches have been written again, on a machine that does other things too. */
const DAY_MS = 60_000
const PER_DAY = 200
/** The record of a day that no target with a say in the matter takes. */
const REFUSED = 77
const SEARCH_KINDS: readonly HostedKind[] = ['elasticsearch-9.2.0', 'elasticsearch-8.19.21', 'opensearch-3.8.0']

/** What is done to the line of every target, and what health then says of each. Undefined: nothing fails for it, it is only slow. */
const DAYS: readonly (readonly [string, (proxy: FaultProxy) => void, RegExp | undefined])[] = [
  ['away', proxy => proxy.refuse(), /reset|closed|nobody listens|no connection/i],
  ['slow', proxy => proxy.latency('toClient', 100), undefined],
  ['hanging', proxy => proxy.silence('toServer'), /no answer within|timed? ?out|no connection|closed|reset/i],
  [
    'reset in mid-batch',
    proxy => {
      proxy.latency('toServer', 20)
      for (const ms of [30, 60, 90, 120, 150]) setTimeout(() => proxy.cut(), ms)
    },
    undefined,
  ],
  [
    'applying writes whose replies are lost',
    proxy => proxy.silence('toClient'),
    /no answer within|timed? ?out|no connection|closed|reset/i,
  ],
]

test(
  'targets away at start, away for a while, slow, hanging, reset in mid-batch, applying what they do not answer: health says it, no other pump notices, each record has one fate',
  async ctx => {
    const { url } = await redisServer.orSkip(ctx.skip)
    const set = await createTestSet(url)
    onTestFinished(() => set.close())
    const targets = await allTargets(ctx, set.name)
    const folder = createDaemonFolder()
    onTestFinished(() => folder.remove())
    folder.configure(`
redis: { url: "${url}" }
analytics: { name: ${set.name} }
purgeDelay: 50ms
timeout: 1s
batch: { maxAge: 50ms, maxRecords: 50 }
retry: { initial: 50ms, max: 300ms }
breaker: { failures: 5, openFor: 300ms }
health: { port: 0 }
pumps:
  sound: { type: ./lines.mjs, meta: { path: sound.lines } }
${targets.map(({ name, yaml }) => `  ${name}: ${yaml}`).join('\n')}
`)
    for (const { proxy } of targets) proxy.refuse()
    const daemon = folder.start('run')
    let pushed = 0
    const refused: number[] = []
    for (const [day, bring, words] of DAYS) {
      // The first day began before the daemon did.
      for (const { proxy } of targets) if (pushed > 0) bring(proxy)
      const since = Date.now()
      const bad = pushed + REFUSED
      refused.push(bad)
      pushed = await set.push(PER_DAY, { perFrame: 50, fields: n => (n === bad ? { refused: true } : {}) })
      await until(`${day}: the sound pump has all`, () => folder.written('sound.lines').length === pushed, DAY_MS)
      if (words !== undefined) {
        await saysOfEach(daemon, targets, day, words)
        await pause(Math.max(0, since + AWAY_MS - Date.now()))
        await saysOfEach(daemon, targets, day, words)
      }
      for (const { proxy } of targets) proxy.heal()
      for (const { name } of targets) {
        await until(`${day}: ${name} is done`, async () => (await set.status(name)).pending === 0, DAY_MS)
      }
      await saysAllIsWell(daemon, day)
      for (const { name } of targets) {
        expect(await set.status(name), `${day}: ${name}`).toMatchObject({
          pushed,
          delivered: pushed - refused.length,
          deadLettered: refused.length,
          holds: true,
        })
      }
    }
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)

    expect(folder.written('sound.lines')).toEqual(numbers(pushed))
    const expected = numbers(pushed).filter(n => !refused.includes(n))
    for (const { name, once, found } of targets) {
      const there = [...(await found())].sort((a, b) => a - b)
      expect(once ? there : [...new Set(there)], name).toEqual(expected)
    }
    await expectLetters(set, targets, refused)
  },
  TEST_TIMEOUT_MS,
)

async function allTargets(ctx: TestContext, name: string): Promise<readonly Target[]> {
  const targets = [
    await mongoTarget(await mongoServer.orSkip(ctx.skip), 'mongo', name, byValidator),
    await mongoTarget(await mongoJavaServer.orSkip(ctx.skip), 'mongo-java', name, byIndex),
    await webhookTarget(),
  ]
  for (const kind of SEARCH_KINDS) targets.push(await searchTarget(ctx, kind, name))
  return targets
}

type Pumps = Readonly<Record<string, { readonly status: string; readonly lastError?: string }>>

async function pumpsOf(daemon: RunningCommand): Promise<{ readonly status: string; readonly pumps: Pumps }> {
  const { health } = await daemon.logged('pumphouse runs')
  return (await (await fetch(`${health}/healthz`)).json()) as { status: string; pumps: Pumps }
}

async function saysOfEach(
  daemon: RunningCommand,
  targets: readonly Target[],
  day: string,
  words: RegExp,
): Promise<void> {
  for (const { name } of targets) {
    const said = await until(
      `${day}: health tells of ${name}`,
      async () => {
        const { lastError } = (await pumpsOf(daemon)).pumps[name] ?? {}
        return lastError
      },
      DAY_MS,
    )
    expect(said, `${day}: ${name}`).toMatch(words)
  }
  const { status, pumps } = await pumpsOf(daemon)
  expect(status, day).toBe('degraded')
  expect(pumps['sound'], day).toMatchObject({ status: 'ok' })
}

async function saysAllIsWell(daemon: RunningCommand, day: string): Promise<void> {
  await until(`${day}: health is well again`, async () => (await pumpsOf(daemon)).status === 'ok', DAY_MS)
}

/** One letter for each refused record and pump, with the reason of the target. */
async function expectLetters(set: TestSet, targets: readonly Target[], refused: readonly number[]): Promise<void> {
  const letters = await set.deadLetters()
  for (const { name } of targets) {
    const own = letters.filter(({ pump }) => String(pump) === name)
    expect(own, name).toHaveLength(refused.length)
    expect(new Set(own.map(({ reason }) => String(reason))).size, name).toBe(1)
  }
  expect(letters).toHaveLength(targets.length * refused.length)
}
