import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder } from './daemon-command.ts'
import { numbers } from './test-pipeline.ts'
import { createTestSet } from './test-set.ts'

const server = sharedServer(startRedis)
afterAll(() => server.stop())
let folder: DaemonFolder
beforeEach(() => {
  folder = createDaemonFolder()
})
afterEach(() => folder.remove())

const RECORDS = 1_000
const RELABELLED = 'import { pump } from "./lines.mjs"\nexport default { ...pump, contract: 9 }'

const configuration = (url: string, set: string): string => `
redis: { url: "${url}" }
analytics: { name: ${set} }
purgeDelay: 50ms
batch: { maxAge: 50ms }
health: { port: 0 }
watch: false
pluginDirs: [pumps]
pumps:
  sound: { type: ./lines.mjs, meta: { path: sound.lines } }
  throwing: { type: ./throwing.mjs, meta: { path: throwing.lines } }
  newer: { type: ./newer.mjs, meta: { path: newer.lines } }
  shapeless: { type: ./shapeless.mjs }
  mistaken: { type: ./lines.mjs, meta: { path: mistaken.lines, colour: red } }
  absent: { type: ./absent.mjs }
`

function writePlugins(): void {
  writeFileSync(join(folder.path, 'throwing.mjs'), 'throw new Error("no licence file")')
  writeFileSync(join(folder.path, 'newer.mjs'), RELABELLED)
  writeFileSync(join(folder.path, 'shapeless.mjs'), 'export const pump = { type: "shapeless" }')
}

const WORDS = {
  throwing: /pumps\.throwing\.type: found ".\/throwing\.mjs", which cannot be loaded: no licence file/,
  newer: /pumps\.newer\.type: found .*keeps version 9 of the contract of a pump; this daemon knows version 1/,
  shapeless: /pumps\.shapeless\.type: found .*`summary` is no text.*`create` is no function/,
  mistaken: /pumps\.mistaken\.meta\.colour: found an unknown key/,
  absent: /pumps\.absent\.type: found ".\/absent\.mjs", which cannot be loaded: .*not/i,
}

test('validate says of every bad plugin what is wrong with it, and ends with 78', async () => {
  writePlugins()
  folder.configure(configuration('redis://127.0.0.1:1', 'unused'))
  const validate = folder.start('validate', '-c', 'pump.yaml')
  expect(await validate.exitCode()).toBe(78)
  expect(validate.stderr()).toContain('5 problems')
  for (const words of Object.values(WORDS)) expect(validate.stderr()).toMatch(words)
})

test('run begins without the bad plugins, health says what is wrong, their share is kept, and a mended one delivers it', async ctx => {
  const { url } = await server.orSkip(ctx.skip)
  const set = await createTestSet(url)
  writePlugins()
  folder.configure(configuration(url, set.name))
  const daemon = folder.start('run', '-c', 'pump.yaml')
  const { health } = await daemon.logged('pumphouse runs')
  const report = async () => (await (await fetch(`${health}/healthz`)).json()) as Report
  await set.push(RECORDS)
  await until('the sound one is done', () => folder.written('sound.lines').length === RECORDS)

  const { status, pumps } = await report()
  expect(status).toBe('degraded')
  expect(pumps['sound']).toMatchObject({ status: 'ok' })
  for (const [name, words] of Object.entries(WORDS)) {
    expect(pumps[name]).toMatchObject({ status: 'degraded', state: 'invalid', lastError: expect.stringMatching(words) })
    await until('its group is there', async () => (await set.status(name)).pending === RECORDS)
  }

  writeFileSync(join(folder.path, 'throwing.mjs'), 'export { pump } from "./lines.mjs"')
  daemon.process.kill('SIGHUP')
  await until('its share is delivered', () => folder.written('throwing.lines').length === RECORDS)
  expect(folder.written('throwing.lines')).toEqual(numbers(RECORDS))
  expect(folder.written('sound.lines')).toEqual(numbers(RECORDS))

  // An edit that makes a pump invalid is no edit to go over to: what ran goes on.
  writeFileSync(join(folder.path, 'throwing.mjs'), 'throw new Error("again, and for long")')
  daemon.process.kill('SIGHUP')
  await until('the edit is refused', async () => (await report()).config.problems?.some(one => WORDS_AGAIN.test(one)))
  expect((await report()).pumps['throwing']).toMatchObject({ status: 'ok' })
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  set.close()
})

test('when nothing but bad plugins would run, run ends with 78', async () => {
  writePlugins()
  folder.configure('pumps: { only: { type: ./throwing.mjs } }')
  const daemon = folder.start('run', '-c', 'pump.yaml')
  expect(await daemon.exitCode()).toBe(78)
  expect(daemon.stderr()).toContain('no licence file')
})

const WORDS_AGAIN = /again, and for long/

interface Report {
  readonly status: string
  readonly config: { readonly problems?: readonly string[] }
  readonly pumps: Readonly<Record<string, object>>
}
