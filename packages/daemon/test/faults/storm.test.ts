/**
 * Everything at once, at random moments: two daemons on one set, pushes all the time, and a seeded schedule of kills, freezes beyond
 * the lease, cut connections, lost replies and restarts of Redis. Then calm, and the books are opened.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultProxy, sharedServer, startMongo, startProxy, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder, type RunningCommand } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { ledgerProblems, linesWritten, mongoTarget } from './evidence.ts'
import { pushSteadily } from './steady-push.ts'
import { chooseStorm } from './storm-choice.ts'

const redisServer = sharedServer(() => startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
const mongoServer = sharedServer(startMongo)
afterAll(() => Promise.all([redisServer.stop(), mongoServer.stop()]))
const folders: DaemonFolder[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

const { seed, durationMs, random } = chooseStorm()
const LEASE_MS = 500
/** Between two faults: nothing, up to this. */
const MAX_CALM_MS = 600
/** A long storm may leave as much to do as it lasted: its daemons were dead for most of it. */
const FINISH_MS = Math.max(60_000, durationMs)

/** A daemon that is started again whenever it is dead. */
function keepAlive(folder: DaemonFolder, yaml: string) {
  folders.push(folder)
  folder.configure(yaml)
  let daemon: RunningCommand = folder.start('run')
  return {
    get process() {
      return daemon.process
    },
    async kill() {
      daemon.process.kill('SIGKILL')
      await daemon.exitCode()
      daemon = folder.start('run')
    },
    async stop() {
      await daemon.logged('pumphouse runs')
      daemon.process.kill('SIGTERM')
      return daemon.exitCode()
    },
  }
}

test('no storm of kills, freezes, cuts, lost replies and restarts loses a record, doubles one in mongo or breaks an account', {
  timeout: durationMs + 2 * FINISH_MS,
}, async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const mongo = await mongoServer.orSkip(ctx.skip)
  const set = await createTestSet(redis.url, { name: `storm-${seed}` })
  const target = await mongoTarget(mongo.url, set.name)
  const proxy: FaultProxy = await startProxy(redis.port)
  const url = `redis://127.0.0.1:${proxy.port}`
  const yaml = `
redis: { url: "${url}", commandTimeout: 1s }
analytics: { name: ${set.name}, lease: ${LEASE_MS}ms, maxDeliveries: 0 }
purgeDelay: 20ms
batch: { maxRecords: 300, maxAge: 50ms }
health: { enabled: false }
pumps:
  audit: { type: mongo, meta: ${target.meta} }
  disk: { type: file, meta: { path: ./records.jsonl } }
`
  const daemons = [0, 1].map(() => keepAlive(createDaemonFolder(), yaml))
  const victim = () => daemons[random() < 0.5 ? 0 : 1] as ReturnType<typeof keepAlive>
  const pushing = pushSteadily(url, set.name)

  const faults: Readonly<Record<string, () => Promise<void>>> = {
    kill: () => victim().kill(),
    async freeze() {
      const { process } = victim()
      process.kill('SIGSTOP')
      await sleep(LEASE_MS * (0.5 + random()))
      process.kill('SIGCONT')
    },
    cut: async () => proxy.cut(),
    async loseReplies() {
      proxy.silence('toClient')
      await sleep(random() * MAX_CALM_MS)
      proxy.cut()
      proxy.heal()
    },
    async restartRedis() {
      await redis.restart()
    },
  }
  const names = ['kill', 'kill', 'kill', 'kill', 'freeze', 'freeze', 'cut', 'loseReplies', 'restartRedis']
  const done: string[] = []
  for (const end = performance.now() + durationMs; performance.now() < end; ) {
    await sleep(random() * MAX_CALM_MS)
    const name = names[Math.floor(random() * names.length)] as string
    done.push(name)
    await faults[name]?.()
  }

  const accepted = await pushing.stop()
  const isDone = async (pump: string): Promise<boolean> => (await set.status(pump)).pending === 0
  await until('nothing is pending', async () => (await isDone('audit')) && (await isDone('disk')), FINISH_MS)
  for (const daemon of daemons) expect(await daemon.stop()).toBe(0)

  const kills = done.filter(name => name === 'kill').length
  const lines = folders.flatMap(({ path }) => linesWritten(join(path, 'records.jsonl'), kills))
  expect((await set.status('audit')).pushed, 'accepted and pushed').toBe(accepted)
  expect(await ledgerProblems(set, 'audit', { delivered: await target.written() }), done.join(' ')).toEqual([])
  expect(await ledgerProblems(set, 'disk', { delivered: lines, mayRepeat: true }), done.join(' ')).toEqual([])
  process.stdout.write(`${accepted} records through ${done.length} faults (${kills} kills)\n`)
  await target.close()
  await proxy.close()
  set.close()
})
