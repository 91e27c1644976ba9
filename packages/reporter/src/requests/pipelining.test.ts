/** Many requests on one connection at a time, and connections that break under them. */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { until } from '@pumphouse/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../../test/capture-server.ts'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { head, sendRaw } from '../../test/raw-client.ts'
import { instrument } from '../adapters/http.ts'

const keepAlive = { connection: 'keep-alive' }
const MANY = 30

async function serve(listener: RequestListener) {
  const reporter = collectingReporter()
  const server = createServer(listener)
  instrument(server, { reporter })
  const port = Number(new URL(await listen(server)).port)
  return { reporter, server, port }
}

it('each of many whose client leaves has a record, and none of them is held on to', async () => {
  const warnings: string[] = []
  const onWarning = ({ name }: Error): number => warnings.push(name)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  let came = 0
  const { reporter, port } = await serve((request, response) => {
    came++
    // All but the first are answered at once, and wait for their turn.
    if (request.url !== '/0') response.end('x')
  })
  const client = await sendRaw(port, Array.from({ length: MANY }, (_, n) => head('GET', `/${n}`, keepAlive)).join(''))
  await until('all came', () => came === MANY)
  client.destroy()
  const records = await reporter.collected(MANY)
  expect(new Set(records.map(({ path }) => path)).size).toBe(MANY)
  expect(new Set(records.map(({ outcome }) => outcome))).toEqual(new Set(['aborted']))
  expect(records.filter(({ statusCode }) => statusCode !== undefined)).toEqual([])
  // What was under way would make its record now.
  reporter.requests.open.shutDown()
  expect(reporter.records).toHaveLength(MANY)
  expect(warnings).toEqual([])
})

it('a connection that is used again and again gets no more listeners', async () => {
  const { reporter, server, port } = await serve((_request, response) => void response.end('x'))
  const connection = once(server, 'connection')
  const client = await sendRaw(port, '')
  client.resume()
  const [socket] = (await connection) as [Socket]
  const listeners: number[] = []
  for (let round = 1; round <= 5; round++) {
    client.write(head('GET', '/a', keepAlive) + head('GET', '/b', keepAlive))
    await reporter.collected(round * 2)
    listeners.push(socket.listenerCount('close'))
  }
  expect(new Set(listeners).size).toBe(1)
  expect(reporter.records.every(({ outcome, statusCode }) => outcome === 'ok' && statusCode === 200)).toBe(true)
  client.destroy()
})
