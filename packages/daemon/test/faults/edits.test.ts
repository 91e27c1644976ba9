/**
 * The file is edited 200 times at random while records come in: pumps are disabled, paused, removed, brought back, tuned and filtered otherwise, and every
 * so often the edit is nonsense. One pump is never touched. Then all of them drain, and the books are opened.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from '../daemon-command.ts'
import { createTestSet } from '../test-set.ts'
import { ledgerProblems, linesWritten } from './evidence.ts'
import { pushSteadily } from './steady-push.ts'
import { chooseStorm } from './storm-choice.ts'

const shared = sharedServer(startRedis)
afterAll(() => shared.stop())
let folder: DaemonFolder
afterEach(() => folder?.remove())

const { random } = chooseStorm()
const EDITS = 200
const MAX_PAUSE_MS = 120
const FINISH_MS = 60_000
const NONSENSE_PART = 0.1
/** So many are waited for; the others come while the one before is still being carried out. */
const AWAITED_PART = 0.5

const chance = (part: number): boolean => random() < part
const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T

/** The pumps that are edited; `steady` is the one that is not. */
const FILES = ['a', 'b', 'c']
const disk = (name: string, more = '') => `  ${name}: { type: file, meta: { path: ./${name}.jsonl }${more} }`
const counting = (more = '') => `  counting: { type: "null"${more} }`

function randomPolicy(): string {
  const batch = `batch: { maxRecords: ${pick(10, 100, 1000)}, maxAge: ${pick(20, 50)}ms }`
  const policies = [', enabled: false', ', paused: true', `, ${batch}`, `, timeout: ${pick(5, 10)}s`, '']
  return pick(...policies, `, purgeDelay: ${pick(0, 20, 100)}ms`)
}

function randomPumps(): string {
  const disks = FILES.filter(() => chance(0.8)).map(name => disk(name, randomPolicy()))
  const filter = chance(0.5) ? `, filters: { exclude: { n: ["*${pick(1, 2, 3)}"] } }` : randomPolicy()
  return [disk('steady'), ...disks, ...(chance(0.8) ? [counting(filter)] : [])].join('\n')
}

const nonsense = (yaml: string): string =>
  pick(
    '',
    yaml.slice(0, yaml.indexOf('steady') + 20),
    `${yaml}\n  d: { type: no-such }\n`,
    `${yaml}\n\tx`,
    'pumps: 7\n',
  )

test('200 random edits of the file under load lose nothing, write nothing twice, and leave a pump that is not edited alone', {
  timeout: 4 * FINISH_MS,
}, async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const set = await createTestSet(redis.url)
  folder = createDaemonFolder()
  const head = `redis: { url: "${redis.url}" }\nanalytics: { name: ${set.name}, lease: 5s }\npurgeDelay: 20ms\nbatch: { maxAge: 50ms }\nhealth: { enabled: false }\npumps:\n`
  const all = head + [disk('steady'), ...FILES.map(name => disk(name)), counting()].join('\n')
  const save = (yaml: string): void => {
    if (chance(0.5)) folder.configure(yaml)
    else {
      writeFileSync(join(folder.path, 'new.yaml'), yaml)
      renameSync(join(folder.path, 'new.yaml'), join(folder.path, 'pump.yaml'))
    }
  }
  folder.configure(all)
  const daemon = folder.start('run')
  const names = ['steady', ...FILES, 'counting']
  // A pump is owed what comes after it was first seen: all are seen before the first record.
  await until('all groups to be there', async () => {
    for (const name of names) await set.status(name)
    return true
  })
  const readings = (): number => daemon.messages().filter(message => message.startsWith('the file ')).length
  const pushing = pushSteadily(redis.url, set.name)

  for (let edit = 0; edit < EDITS; edit++) {
    const yaml = head + randomPumps()
    // Each edit has its number: one with the content that was read last is no edit, and nobody would say anything of it.
    save(`# edit ${edit}\n${chance(NONSENSE_PART) ? nonsense(yaml) : yaml}`)
    const before = readings()
    if (chance(0.5)) daemon.process.kill('SIGHUP')
    if (chance(AWAITED_PART)) await until('the edit to be read', () => readings() > before)
    else await sleep(random() * MAX_PAUSE_MS)
  }
  folder.configure(all)
  daemon.process.kill('SIGHUP')
  const accepted = await pushing.stop()
  const isDone = async (): Promise<boolean> =>
    (await Promise.all(names.map(name => set.status(name)))).every(({ pending }) => pending === 0)
  await until('nothing is pending', isDone, FINISH_MS)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)

  for (const name of ['steady', ...FILES]) {
    const delivered = linesWritten(join(folder.path, `${name}.jsonl`), 0)
    expect(await ledgerProblems(set, name, { delivered }), name).toEqual([])
  }
  const { delivered, filtered, ...counted } = await set.status('counting')
  expect(delivered + filtered).toBe(accepted)
  expect(counted).toMatchObject({ pushed: accepted, pending: 0, holds: true })
  const reloads = daemon.log().filter(({ msg }) => msg === 'the file was read again')
  const touched = reloads.flatMap(({ started, stopped, restarted }) => [started, stopped, restarted].flat())
  expect(touched).not.toContain('steady')
  expect(new Set(touched)).toEqual(new Set([...FILES, 'counting']))
  const refused = daemon.messages().filter(message => message.startsWith('the file is invalid')).length
  process.stdout.write(
    `${accepted} records through ${reloads.length} reloads, ${touched.length} changes of pumps, ${refused} refused edits\n`,
  )
  set.close()
})
