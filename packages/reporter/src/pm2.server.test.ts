/** Under pm2 in cluster mode: the processes of an application share a port, and each is an instance of its own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, it } from 'vitest'
import { entry } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'

const shared = sharedServer(startRedis)
const dir = mkdtempSync(join(tmpdir(), 'reporter-pm2-'))
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await shared.stop()
})

/** The form that stays in the foreground, as in a container: nothing of it is left behind when it ends. */
const pm2 = createRequire(import.meta.url).resolve('pm2/bin/pm2-runtime')
const REQUESTS = 6
const PROCESSES = 2

/** What it says, and its end by the signal that stops it in a terminal. */
async function underPm2(app: string, use: (said: () => string) => Promise<void>): Promise<number | null> {
  const env = { PATH: process.env['PATH'], HOME: dir, PM2_HOME: join(dir, 'home'), PM2_DISABLE_VERSION_CHECK: '1' }
  const child = spawn(process.execPath, [pm2, 'start', app, '-i', String(PROCESSES)], { env, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  const ended = once(child, 'close')
  try {
    await use(() => output)
  } finally {
    child.kill('SIGINT')
  }
  const [code] = await ended
  return code
}

it('each process of an application under pm2 is an instance of its own, and is stopped with nothing lost', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const port = await freePort()
  const app = join(dir, 'app.mjs')
  const http = new URL('../dist/adapters/http.js', import.meta.url).href
  // What is recorded last waits for its frame for an hour: only the flush at the signal brings it.
  const options = { service: 's', redis: redis.url, analytics: { name: 'pm2' }, flushInterval: '1h', signals: true }
  writeFileSync(
    app,
    `import { createServer } from 'node:http'
    import { createReporter } from ${JSON.stringify(entry)}
    import { instrument } from ${JSON.stringify(http)}
    const { NODE_APP_INSTANCE: number, pm_id: id } = process.env
    const reporter = createReporter(${JSON.stringify(options)})
    const server = createServer((request, response) => response.setHeader('connection', 'close').end(number))
    instrument(server, { reporter, enrich: () => ({ number, id, pid: process.pid }) })
    server.listen(${port}, '127.0.0.1', () => console.log('listening', number))`,
  )
  const answered: string[] = []
  const code = await underPm2(app, async said => {
    await until('both processes listen', () => said().match(/listening/g)?.length === PROCESSES, 30_000)
    for (let n = 0; n < REQUESTS; n++) answered.push(await (await fetch(`http://127.0.0.1:${port}/${n}`)).text())
  })
  expect(code).toBe(0)
  expect(new Set(answered)).toEqual(new Set(['0', '1']))
  const { records, frames } = await readSet(redis.url, 'pm2')
  expect(records.map(({ path }) => path).sort()).toEqual(answered.map((_, n) => `/${n}`))
  expect(new Set(frames.map(({ producer }) => producer.instance)).size).toBe(PROCESSES)
  for (const { producer, records: own } of frames) {
    expect(new Set(own.map(record => record['number'])).size).toBe(1)
    expect(producer.instance).toContain(`-${own[0]?.['pid']}-`)
  }
  expect(new Set(records.map(({ id }) => id)).size).toBe(REQUESTS)
})
