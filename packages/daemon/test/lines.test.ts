import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { folderAndSet } from './folder-and-set.ts'

const own = folderAndSet()

function configure(pump: string): void {
  const rest = 'purgeDelay: 50ms\nbatch: { maxAge: 50ms, maxRecords: 100 }\nhealth: { enabled: false }'
  const retry = 'retry: { initial: 10ms, max: 50ms }'
  own.folder.configure(
    `redis: { url: "${own.url}" }\nanalytics: { name: ${own.set.name}, lease: 2s }\n${rest}\n${retry}\npumps:\n  lines: ${pump}\n`,
  )
}
const numbers = (text: string): number[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line).n)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test('files moved away under load, as logrotate does, with SIGHUP: each record is in one of them, once', async () => {
  configure('{ type: file, meta: { path: ./records.jsonl } }')
  const path = join(own.folder.path, 'records.jsonl')
  const daemon = own.folder.start('run')
  let pushed = 0
  const rotated: string[] = []
  for (let round = 0; round < 5; round++) {
    pushed = await own.set.push(500)
    await until('the file has lines', () => readdirSync(own.folder.path).includes('records.jsonl'))
    const moved = `${path}.${round}`
    renameSync(path, moved)
    daemon.process.kill('SIGHUP')
    rotated.push(moved)
  }
  await until('all is delivered', async () => (await own.set.status('lines')).delivered === pushed)
  daemon.process.kill('SIGTERM')
  expect(await daemon.exitCode()).toBe(0)
  const left = readdirSync(own.folder.path).includes('records.jsonl') ? [path] : []
  const texts = [...rotated, ...left].map(file => readFileSync(file, 'utf8'))
  expect(texts.flatMap(numbers).sort((a, b) => a - b)).toEqual(upTo(pushed))
  expect(await own.set.status('lines')).toMatchObject({ pushed, delivered: pushed, holds: true })
})

// Linux shows what a process has open; elsewhere nobody could tell.
test.skipIf(!existsSync('/proc/self/fd'))(
  'a daemon at rest lets go of a file that was moved, by SIGHUP alone, even while pump.yaml is invalid; the next record is in a new one',
  async () => {
    configure('{ type: file, meta: { path: ./records.jsonl } }')
    const path = join(own.folder.path, 'records.jsonl')
    const daemon = own.folder.start('run')
    const { pid } = daemon.process
    const isOpen = (file: string) =>
      readdirSync(`/proc/${pid}/fd`).some(descriptor => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === file
        } catch {
          return false
        }
      })
    for (const [round, pump] of ['{ type: file, meta: { path: ./records.jsonl } }', '{ type: nonsense }'].entries()) {
      const pushed = await own.set.push(10)
      await until('all is delivered', async () => (await own.set.status('lines')).delivered === pushed)
      configure(pump)
      const moved = `${path}.${round}`
      renameSync(path, moved)
      expect(isOpen(moved)).toBe(true)
      daemon.process.kill('SIGHUP')
      await until('the file is let go of', () => !isOpen(moved))
      await until('another one is begun', () => existsSync(path))
      expect(readFileSync(path, 'utf8')).toBe('')
      expect(numbers(readFileSync(moved, 'utf8'))).toEqual(upTo(pushed).slice(-10))
    }
    await daemon.logged('the file is invalid; the configuration stays as it is')
    const pushed = await own.set.push(10)
    await until('all is delivered', async () => (await own.set.status('lines')).delivered === pushed)
    expect(numbers(readFileSync(path, 'utf8'))).toEqual(upTo(pushed).slice(-10))
    daemon.process.kill('SIGTERM')
    expect(await daemon.exitCode()).toBe(0)
    expect(await own.set.status('lines')).toMatchObject({ pushed, delivered: pushed, holds: true })
  },
)

test('a reader of standard output that leaves ends no process, and nothing is acked that was not written', async () => {
  configure('{ type: stdout }')
  const first = own.folder.start('run')
  await own.set.push(300)
  await until('some lines are read', () => first.stdout().length > 0)
  await until('they are acked', async () => (await own.set.status('lines')).delivered === 300)
  first.process.stdout?.destroy()
  await own.set.push(400)
  await first.logged('the pump fails; its records wait in Redis')
  expect(await own.set.status('lines')).toMatchObject({ delivered: 300, pending: 400, holds: true })
  first.process.kill('SIGTERM')
  expect(await first.exitCode()).toBe(0)
  expect(numbers(first.stdout())).toEqual(upTo(300))

  const second = own.folder.start('run')
  await until('the others are delivered', async () => (await own.set.status('lines')).delivered === 700)
  second.process.kill('SIGTERM')
  expect(await second.exitCode()).toBe(0)
  expect(numbers(second.stdout())).toEqual(upTo(700).slice(300))
  expect(await own.set.status('lines')).toMatchObject({ pushed: 700, delivered: 700, holds: true })
})
