/** SIGHUP while the daemon is not up yet: by then it would end a process in which nobody listens. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { folderAndSet } from './folder-and-set.ts'

const own = folderAndSet()

/** The file is not watched: what is read again was asked for by SIGHUP. */
const yaml = (...pumps: string[]) =>
  `redis: { url: "${own.url}" }\nanalytics: { name: ${own.set.name} }\nhealth: { enabled: false }\nwatch: false\npumps:\n  ${pumps.join('\n  ')}\n`
const lines = (name: string, type = './lines.mjs') => `${name}: { type: ${type}, meta: { path: ${name}.lines } }`

/** A plugin that takes its time to load: until there is a file `go`. */
const SLOW_PLUGIN = `
import { existsSync, writeFileSync } from 'node:fs'
writeFileSync('loading', '')
while (!existsSync('go')) await new Promise(resolve => setTimeout(resolve, 10))
export { pump } from ${JSON.stringify('./lines.mjs')}
`

test('a SIGHUP that comes while the daemon loads its plugins ends nothing: the file is read again when it is up', async () => {
  writeFileSync(join(own.folder.path, 'slow.mjs'), SLOW_PLUGIN)
  own.folder.configure(yaml(lines('a', './slow.mjs')))
  const daemon = own.folder.start('run')
  await until('it loads its plugin', () => existsSync(join(own.folder.path, 'loading')))
  own.folder.configure(yaml(lines('a', './slow.mjs'), lines('b')))
  for (let i = 0; i < 3; i++) daemon.process.kill('SIGHUP')
  writeFileSync(join(own.folder.path, 'go'), '')
  expect(await daemon.logged('the file was read again')).toMatchObject({ started: ['b'] })
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  expect(daemon.messages().filter(line => line === 'the file was read again')).toHaveLength(1)
})

/** Runs before the program, and says when SIGHUP is first listened to and how many packages were loaded by then. */
const WITNESS = `
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
const loaded = () => Object.keys(createRequire(import.meta.url).cache).length
process.on('newListener', name => {
  if (name !== 'SIGHUP') return
  writeFileSync('listening', String(loaded()))
  setImmediate(() => process.kill(process.pid, 'SIGHUP'))
})
process.on('exit', () => writeFileSync('loaded', String(loaded())))
`

test('SIGHUP is listened to before any package is loaded, and one that comes then is heeded', async () => {
  writeFileSync(join(own.folder.path, 'witness.mjs'), WITNESS)
  own.folder.configure(yaml(lines('a')))
  const daemon = own.folder.startWith({ NODE_OPTIONS: `--import=${join(own.folder.path, 'witness.mjs')}` }, 'run')
  await daemon.logged('the file was read again')
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  const count = (name: string) => Number(own.folder.written(name)[0])
  expect(count('listening')).toBe(0)
  expect(count('loaded')).toBeGreaterThan(10)
})

test('a command that is no daemon still ends by SIGHUP', async () => {
  writeFileSync(join(own.folder.path, 'slow.mjs'), SLOW_PLUGIN)
  own.folder.configure(yaml(lines('a', './slow.mjs')))
  const validate = own.folder.start('validate')
  await until('it loads the plugin', () => existsSync(join(own.folder.path, 'loading')))
  validate.process.kill('SIGHUP')
  expect(await validate.exitCode()).toBeNull()
  expect(validate.process.signalCode).toBe('SIGHUP')
})
