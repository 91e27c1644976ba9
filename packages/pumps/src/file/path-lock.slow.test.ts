/** Locks as another process or thread sees them. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { childProgram } from '../../test/child-program.ts'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'
import { lockPath } from './path-lock.ts'

/** What a program says at the end that looks on from another thread while `work` goes on here. */
async function inThread(program: string, data: string, work: () => Promise<void>) {
  const thread = new Worker(`const { parentPort, workerData } = require('node:worker_threads')\n${program}`, {
    eval: true,
    workerData: data,
  })
  await once(thread, 'message')
  await work()
  thread.postMessage('over')
  const [said] = (await once(thread, 'message')) as [{ looks: number; partial: number }]
  return said
}

test('the lock of a killed process is taken over at once, that of a living one is not', async () => {
  const { path } = scratchFile()
  const child = childProgram(`
    const pump = open('file', { path: ${JSON.stringify(path)} })
    await pump.start(noLimit)
    say('started')
    setInterval(() => {}, 1000)`)
  await until('the other process holds the path', () => child.said().includes('started'))
  const pump = openPump(file, { path })
  await expect(pump.start?.(noLimit())).rejects.toThrow(`by process ${child.process.pid} on`)
  child.process.kill('SIGKILL')
  await child.ended()
  await pump.start?.(noLimit())
})

test('a lock is whole from the moment it is there, so that nobody can be killed in the middle of it', async () => {
  const { path } = scratchFile()
  const said = await inThread(
    `const { readFileSync } = require('node:fs')
    let looks = 0
    let partial = 0
    let isOver = false
    parentPort.on('message', () => { isOver = true })
    const look = () => {
      for (let i = 0; i < 100; i++) {
        try {
          partial += readFileSync(workerData, 'utf8').endsWith('}') ? 0 : 1
          looks++
        } catch {}
      }
      if (!isOver) return setImmediate(look)
      parentPort.postMessage({ looks, partial })
      parentPort.close()
    }
    look()
    parentPort.postMessage('begun')`,
    `${path}.lock`,
    async () => {
      for (let i = 0; i < 500; i++) await (await lockPath(path)).release()
    },
  )
  expect(said.partial).toBe(0)
  expect(said.looks).toBeGreaterThan(0)
  expect(readdirSync(dirname(path))).toEqual([])
})
