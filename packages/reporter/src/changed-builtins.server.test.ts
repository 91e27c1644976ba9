/**
 * Somebody changed what the built-in objects of the process do, so that they throw: the application answers as without the reporter, and nothing of it ends the process. Records of
 * such requests may be missing. Only those are broken without which Node itself still answers.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { entry } from '../test/program.ts'
import { exchange, head } from '../test/raw-client.ts'
import { createMemoryReporter } from './memory-reporter.ts'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const child = spawn(process.execPath, [file('../test/changed-builtins.mjs'), entry, file('../dist/adapters/http.js')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let port = 0

beforeAll(async () => {
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  port = Number(String(line))
})
afterAll(() => void child.kill())

const upload = `${head('POST', '/orders?a=1', { 'content-length': '3', 'content-type': 'text/plain' })}abc`

interface Said {
  readonly thrown: readonly string[]
  readonly created: number
}

/** What went wrong in the process so far. It answers when nothing is broken any more. */
async function said(): Promise<Said> {
  const [, body = ''] = (await exchange(port, head('GET', '/thrown'))).split('\r\n\r\n')
  // It is sent in one chunk, or with its length.
  return JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1))
}

it.each([
  ...['Date.now', 'performance.now', 'JSON.stringify', 'JSON.parse', 'Math.round', 'Math.min', 'Math.random'],
  ...['Object.assign', 'Object.entries', 'Object.keys', 'Object.fromEntries', 'Object.getPrototypeOf', 'Object.freeze'],
  ...['Array.prototype.map', 'Array.prototype.find', 'Array.prototype.some', 'Array.prototype.@iterator'],
  ...['Map.prototype.get', 'Map.prototype.set', 'Map.prototype.has', 'Set.prototype.has', 'Set.prototype.add'],
  ...['WeakMap.prototype.get', 'WeakSet.prototype.has', 'Reflect.apply', 'Number.isSafeInteger', 'Array.isArray'],
  ...['String.prototype.split', 'String.prototype.indexOf'],
  ...['Buffer.from', 'Buffer.concat', 'Uint8Array.prototype.subarray', 'globalThis.setTimeout'],
  ...['globalThis.setImmediate', 'globalThis.clearTimeout', 'Promise.prototype.then'],
])('the application answers while %s throws', async path => {
  const before = await said()
  await exchange(port, head('GET', `/break/${path}`))
  expect(await exchange(port, upload)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*hello/)
  // A timer or a message of the reporter may come while it is broken.
  await sleep(50)
  expect((await said()).thrown.slice(before.thrown.length)).toEqual([])
})

it('afterwards it records as before', async () => {
  const before = await said()
  await exchange(port, upload)
  // This one, and the question of before.
  expect((await said()).created).toBe(before.created + 2)
})

it('a clock that is set back changes when requests were, and nothing else', async () => {
  const reporter = createMemoryReporter({ batchSize: 1 })
  const { now } = Date
  try {
    for (let n = 0; n < 5; n++) {
      Date.now = () => now() - n * 3_600_000
      reporter.record({ n, timestamp: Date.now() })
      await reporter.flush()
    }
  } finally {
    Date.now = now
  }
  expect(reporter.records.map(record => record['n'])).toEqual([0, 1, 2, 3, 4])
  expect(new Set(reporter.records.map(({ id }) => id)).size).toBe(5)
  expect(reporter.stats()).toMatchObject({ created: 5, accepted: 5, sent: 5 })
  await reporter.close()
})
