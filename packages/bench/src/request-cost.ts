/**
 * What does the reporter cost a request? The same plain server of node:http with and without it, in a process of its own; the load comes from this one at
 * a fixed rate below saturation, and what is compared is the CPU time of the server per request, its worker included.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRedis } from '@pumphouse/testkit'
import type { Measurement } from './measure.ts'
import type { Case, Question } from './question.ts'

const CONNECTIONS = 50
const REQUESTS_PER_SECOND = 2_000
const WARM_UP_REQUESTS = 8_000
const REQUESTS = 20_000
/** Long enough for the last batch to be closed and sent: its cost belongs to the requests. */
const SETTLE_MS = 1_500
const TICK_MS = 5
const MS_PER_SECOND = 1000
const KIB_PER_MIB = 1024

type Mode = 'bare' | 'worker' | 'same-thread'

function serving(name: string, mode: Mode): Case {
  return { name, run: () => serve(mode) }
}

async function serve(mode: Mode): Promise<Measurement> {
  const redis = await startRedis()
  const server = fork(fileURLToPath(new URL('./request-server.js', import.meta.url)), [mode, redis.url])
  const { port } = await answer<{ port: number }>(server)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

  await load(port, agent, WARM_UP_REQUESTS)
  await sleep(SETTLE_MS)
  const cpuBefore = await cpuUs(server)
  const startedAt = performance.now()
  const answered = await load(port, agent, REQUESTS)
  const elapsedMs = performance.now() - startedAt
  await sleep(SETTLE_MS)
  const spentUs = (await cpuUs(server)) - cpuBefore
  agent.destroy()
  server.send('end')
  const { sent } = await answer<{ sent: number }>(server)
  await redis.stop()
  return {
    created: REQUESTS,
    delivered: mode === 'bare' ? answered : sent - WARM_UP_REQUESTS,
    elapsedMs,
    cpuUs: spentUs,
    peakRssMiB: process.resourceUsage().maxRSS / KIB_PER_MIB,
  }
}

async function cpuUs(server: ChildProcess): Promise<number> {
  server.send('cpu')
  return (await answer<{ cpuUs: number }>(server)).cpuUs
}

async function answer<T>(server: ChildProcess): Promise<T> {
  const [message] = (await once(server, 'message')) as [T]
  return message
}

/** Sends `count` requests at the fixed rate; resolves with how many were answered. */
async function load(port: number, agent: Agent, count: number): Promise<number> {
  const answers: Promise<boolean>[] = []
  const startedAt = performance.now()
  while (answers.length < count) {
    const due = ((performance.now() - startedAt) / MS_PER_SECOND) * REQUESTS_PER_SECOND
    while (answers.length < Math.min(count, due)) answers.push(ask(port, agent, answers.length))
    await sleep(TICK_MS)
  }
  const results = await Promise.all(answers)
  return results.filter(Boolean).length
}

function ask(port: number, agent: Agent, id: number): Promise<boolean> {
  return new Promise(resolve => {
    const request = get({ port, agent, host: '127.0.0.1', path: `/orders/${id}` }, response => {
      response.resume()
      response.on('end', () => resolve(true))
    })
    request.on('error', () => resolve(false))
  })
}

/** CPU time of a server per request, with and without the reporter. */
export const requestCost: Question = {
  question: 'What does the reporter cost a request?',
  cases: [
    serving('node:http without reporter', 'bare'),
    serving('with the reporter, one worker', 'worker'),
    serving('with the reporter, same thread', 'same-thread'),
  ],
  repetitions: 5,
  note: `CPU µs is the server's per request, its worker included: compare the rows. The rate is fixed at ${REQUESTS_PER_SECOND}/s, so it says nothing.`,
}
