/**
 * What does observing requests cost a server? The same small API with nothing, with the reporter, and with what others use, in a process of its own. Where the system
 * can pin processes, the server has the first processor for itself, its workers included, and everything else the second. Three phases: the CPU time per
 * request at a constant rate below saturation, which is what counts; the same at a fifth of that rate, where the server sleeps between two requests, and wakes with cold
 * caches; and the requests per second at saturation.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type RunningServer, startProxy, startRedis } from '@pumphouse/testkit'
import type { Load, LoadResult } from './constant-load.ts'
import type { Measurement } from './measure.ts'
import type { Instrument } from './overhead-instruments.ts'
import type { Framework, OverheadAnswer } from './overhead-server.ts'
import { startSink } from './overhead-sink.ts'
import { answerOf, startProgram } from './programs.ts'
import type { Case, Question } from './question.ts'

/** As many requests under way at most: enough for saturation, also where each waits for 5 ms. */
const CONNECTIONS: Readonly<Record<Framework, number>> = {
  http: 50,
  fastify: 50,
  'fastify, 5 ms': 250,
  express: 50,
  koa: 50,
}
/** A rate below saturation for all that is measured on a framework: a quarter to a half of what it can do. */
const BUSY_PER_SECOND: Readonly<Record<Framework, number>> = {
  http: 10_000,
  fastify: 10_000,
  'fastify, 5 ms': 5_000,
  express: 2_500,
  koa: 10_000,
}
const QUIET_SHARE = 0.2
/** Until the code of the server and of its worker is compiled: a minute of an API's life. */
const WARM_UP_S = 5
/** Before that: no API begins with all of its load. */
const FIRST_S = 2
const BUSY_S = 5
const QUIET_S = 3
/** More than any server here answers. Of the requests that are due, those not answered in time are let go. */
const SATURATED: Phase = { ratePerSecond: 120_000, seconds: 1 }
/** Between this process and Redis, each way: far away, or busy. */
const SLOW_MS = 100
/** Long enough for the last batch to be closed and sent: its cost belongs to the requests. */
const SETTLE_MS = 1_500
const MS_PER_SECOND = 1_000
const PEERS: readonly Instrument[] = ['pino-http', 'express-prom-bundle', 'moesif', 'apitally', 'OpenTelemetry']
/** Nothing to be delivered. */
const RECORDS_NOTHING: readonly Instrument[] = ['nothing', 'pumphouse, disabled']
const peersFolder = fileURLToPath(new URL('../peers', import.meta.url))

type Phase = Pick<Load, 'ratePerSecond' | 'seconds'>

/** What a phase cost the server, and what came of it. */
interface Spent {
  readonly result: LoadResult
  readonly cpuUs: number
  readonly servingUs: number
  readonly loopDelayMs: number
  readonly rssMiB: number
}

async function observe(framework: Framework, instrument: Instrument): Promise<Measurement> {
  if (PEERS.includes(instrument)) installPeers()
  pin(process.pid, 1)
  const redis = await startRedis()
  const observed = await startServer(framework, instrument, redis)
  const ratePerSecond = BUSY_PER_SECOND[framework]
  const quietPerSecond = ratePerSecond * QUIET_SHARE
  await observed.drive({ ratePerSecond: quietPerSecond, seconds: FIRST_S })
  await observed.drive({ ratePerSecond, seconds: WARM_UP_S })
  if (instrument === 'pumphouse, Redis away, spool') await redis.kill()
  await sleep(SETTLE_MS)
  const busy = await spent(observed, { ratePerSecond, seconds: BUSY_S })
  const quiet = await spent(observed, { ratePerSecond: quietPerSecond, seconds: QUIET_S })
  // Last: beyond saturation whatever waits, waits in memory.
  const saturated = await spent(observed, SATURATED)
  const { sent, recorded } = await observed.end()
  await redis.stop()
  return {
    // Those that the server had not answered when the load ended count as well: they are recorded as what they are.
    created: sent,
    delivered: RECORDS_NOTHING.includes(instrument) ? sent : recorded,
    elapsedMs: busy.result.elapsedMs,
    // As if all had been as those of the busy phase.
    cpuUs: (busy.cpuUs / busy.result.answered) * sent,
    peakRssMiB: busy.rssMiB,
    compared: {
      'of it serving': busy.servingUs / busy.result.answered,
      [`CPU µs at ${quietPerSecond}/s`]: quiet.cpuUs / quiet.result.answered,
      'CPU µs at saturation': saturated.cpuUs / saturated.result.answered,
      'requests/s at saturation': (saturated.result.answered / saturated.result.elapsedMs) * MS_PER_SECOND,
    },
    figures: {
      'p50 / p99 ms': `${busy.result.p50Ms.toFixed(2)} / ${busy.result.p99Ms.toFixed(2)}`,
      'loop delay p99 ms': busy.loopDelayMs.toFixed(1),
    },
  }
}

/** A server under observation, and what loads it. */
interface ObservedServer {
  drive(phase: Phase): Promise<LoadResult>
  usage(): Promise<Required<OverheadAnswer>>
  /** Resolves with the requests that it was sent, and those that were recorded. */
  end(): Promise<{ readonly sent: number; readonly recorded: number }>
}

async function startServer(
  framework: Framework,
  instrument: Instrument,
  redis: RunningServer,
): Promise<ObservedServer> {
  const proxy = await startProxy(redis.port)
  proxy.latency('toServer', SLOW_MS)
  proxy.latency('toClient', SLOW_MS)
  const redisUrl = instrument === 'pumphouse, Redis slow, spool' ? `redis://127.0.0.1:${proxy.port}` : redis.url
  const sink = await startSink()
  const folder = await mkdtemp(join(tmpdir(), 'bench-overhead-'))
  const server = startProgram('overhead-server', [framework, instrument, redisUrl, sink.url, folder])
  const { port } = await answerOf<Required<OverheadAnswer>>(server)
  pin(server.pid ?? 0, 0)
  const load = startProgram('constant-load', [])
  let sent = 0

  return {
    async drive({ ratePerSecond, seconds }) {
      const order: Load = { port, ratePerSecond, seconds, connections: CONNECTIONS[framework], awake: true }
      load.send(order)
      const result = await answerOf<LoadResult>(load)
      sent += result.sent
      return result
    },
    usage() {
      server.send('usage')
      return answerOf(server)
    },
    async end() {
      load.disconnect()
      server.send('end')
      const { recorded = sink.requests } = await answerOf<OverheadAnswer>(server)
      // Some peers keep their process alive.
      server.kill('SIGKILL')
      sink.close()
      await proxy.close()
      await rm(folder, { recursive: true })
      return { sent, recorded }
    },
  }
}

/** Drives the server, and waits until what its recorder does later is done as well. */
async function spent(observed: ObservedServer, phase: Phase): Promise<Spent> {
  const before = await observed.usage()
  const result = await observed.drive(phase)
  const { loopDelayMs } = await observed.usage()
  await sleep(SETTLE_MS)
  const after = await observed.usage()
  const cpuUs = after.cpuUs - before.cpuUs
  return {
    result,
    cpuUs,
    servingUs: after.servingUs - before.servingUs,
    loopDelayMs,
    rssMiB: after.rssMiB,
  }
}

/** Binds all threads of a process, and what it starts later, to one processor. Without taskset, or with one processor, nothing happens. */
function pin(pid: number, processor: number): void {
  if (availableParallelism() < 2 && processor > 0) return
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(processor), String(pid)], { stdio: 'ignore' })
  } catch {
    // Not Linux: the figures are a little noisier.
  }
}

function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules'))) return
  process.stderr.write('installing what others use, to measure it beside the reporter …\n')
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: peersFolder, stdio: 'ignore' })
}

function overhead(framework: Framework, label: string, instruments: readonly Instrument[]): Question {
  return {
    question: `What does observing requests cost a server of ${label}?`,
    compare: 'cpu',
    repetitions: 5,
    cases: instruments.map((instrument): Case => ({ name: instrument, run: () => observe(framework, instrument) })),
    note: `CPU µs are the server's for each request at ${BUSY_PER_SECOND[framework]}/s, all its threads; of it serving = on the thread that answers. In brackets: more than with nothing. Where the p99 is a second and more, the server was saturated at that rate already, and what it costs is more than is seen. At a fifth of the rate the server sleeps between two requests and everything costs it twice as much and more, whatever it is. At saturation the worker shares the one processor of the server; the program that asks manages 80,000 requests/s at most, and where it is what limits, only the CPU time at saturation compares. Delivered = what the instrument recorded of all requests, or what its collector was told.`,
  }
}

/** CPU time, latency and memory of servers, with and without the reporter and its peers. */
export const overheadHttp = overhead('http', 'node:http', [
  'nothing',
  'bare recorder',
  'pumphouse',
  'pumphouse, the whole server',
  'pumphouse, same thread',
  'pumphouse, disabled',
  'pumphouse, Redis slow, spool',
  'pumphouse, Redis away, spool',
  'pumphouse, headers and bodies',
  'OpenTelemetry',
])
export const overheadFastify = overhead('fastify', 'fastify', [
  'nothing',
  'bare recorder',
  'pumphouse',
  'pumphouse, same thread',
  'apitally',
  'OpenTelemetry',
])
export const overheadWaiting = overhead('fastify, 5 ms', 'fastify whose handler waits for 5 ms', [
  'nothing',
  'bare recorder',
  'pumphouse',
])
export const overheadExpress = overhead('express', 'express', [
  'nothing',
  'bare recorder',
  'pumphouse',
  'pumphouse, same thread',
  'pino-http',
  'express-prom-bundle',
  'apitally',
  'moesif',
  'OpenTelemetry',
])
export const overheadKoa = overhead('koa', 'koa', ['nothing', 'bare recorder', 'pumphouse', 'pumphouse, same thread'])
