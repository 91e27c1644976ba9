/**
 * What was observed is let go with its request: the next small collection takes it. A function that V8 makes in the old space, as it does with one that is written into an
 * assignment to a property, would keep all that its request has until the next large one. Without the optimizer, which sometimes makes that good.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'reporter-let-go-'))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill()
  rmSync(dir, { recursive: true, force: true })
})

const CONNECTIONS = 10
const WARM_UP = 2_000
/** A large collection that comes in between hides what one part of them left, not what all did. */
const PARTS = 5
const REQUESTS_PER_PART = 500
/** Kept, each request is some 2 KiB. */
const MOST_KEPT_BYTES = 200

function program(options: string): string {
  const adapter = JSON.stringify(new URL('../../dist/adapters/http.js', import.meta.url).href)
  return `import { createServer } from 'node:http'
    import { getHeapSpaceStatistics } from 'node:v8'
    import { pumphouse } from ${adapter}
    const analytics = pumphouse({ service: 's', redis: 'redis://127.0.0.1:1', onWarning: () => undefined, ...${options} })
    const server = createServer((request, response) => {
      analytics(request, response)
      response.end('ok')
    })
    const oldSpace = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space').space_used_size
    server.listen(0, '127.0.0.1', () => process.send(server.address().port))
    process.on('message', () => process.send(oldSpace()))`
}

async function ask(agent: Agent, port: number): Promise<void> {
  const [response] = await once(request({ agent, port, host: '127.0.0.1' }).end(), 'response')
  await once(response.resume(), 'end')
}

it.each([
  ['by itself', '{}'],
  ['with its headers and bodies', '{ capture: { requestHeaders: true, requestBody: true, responseBody: true } }'],
])('a request %s', async (what, options) => {
  const file = join(dir, `${what}.mjs`)
  writeFileSync(file, program(options))
  const child = fork(file, { execArgv: ['--no-opt'] })
  children.push(child)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  async function oldSpaceAfter(requests: number): Promise<number> {
    const each = Array.from({ length: requests / CONNECTIONS })
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (const _ of each) await ask(agent, port)
      }),
    )
    child.send('old space')
    const [bytes] = await once(child, 'message')
    return bytes as number
  }
  const [port] = (await once(child, 'message')) as [number]
  // What is compiled and made once for all of them stays.
  let before = await oldSpaceAfter(WARM_UP)
  let kept = 0
  for (let part = 0; part < PARTS; part++) {
    const after = await oldSpaceAfter(REQUESTS_PER_PART)
    kept += Math.max(0, after - before)
    before = after
  }
  expect(kept).toBeLessThan(MOST_KEPT_BYTES * PARTS * REQUESTS_PER_PART)
  agent.destroy()
})
