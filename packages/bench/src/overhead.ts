/**
 * What does observing requests cost a server? The same small API with nothing, with the reporter, and with what others use, in a process of its own. Where the system
 * can pin processes, the server has the first processor for itself, its workers included, and everything else the second. Two phases: the CPU time per
 * request at a constant rate below saturation, which is what counts, and the requests per second at saturation.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRedis } from '@pumphouse/testkit'
import type { Load, LoadResult } from './constant-load.ts'
import type { Measurement } from './measure.ts'
import type { Instrument } from './overhead-instruments.ts'
import type { Framework, OverheadAnswer } from './overhead-server.ts'
import { startSink } from './overhead-sink.ts'
import { answerOf, startProgram } from './programs.ts'
import type { Case, Question } from './question.ts'

const CONNECTIONS = 50
/** Until the code of the server and of its worker is compiled: a minute of an API's life. */
const WARM_UP: Phase = { ratePerSecond: 4_000, seconds: 10 }
const STEADY: Phase = { ratePerSecond: 2_000, seconds: 10 }
/** More than any server here answers. Of the requests that are due, those not answered in time are let go. */
const SATURATED: Phase = { ratePerSecond: 40_000, seconds: 1 }
/** Long enough for the last batch to be closed and sent: its cost belongs to the requests. */
const SETTLE_MS = 2_500
const MS_PER_SECOND = 1_000
const PEERS: readonly Instrument[] = ['pino-http', 'express-prom-bundle', 'moesif', 'apitally', 'OpenTelemetry']
/** Nothing to be delivered. */
const RECORDS_NOTHING: readonly Instrument[] = ['nothing', 'pumphouse, disabled']
const peersFolder = fileURLToPath(new URL('../peers', import.meta.url))

type Phase = Pick<Load, 'ratePerSecond' | 'seconds'>

async function observe(framework: Framework, instrument: Instrument): Promise<Measurement> {
  if (PEERS.includes(instrument)) installPeers()
  pin(process.pid, 1)
  const redis = await startRedis()
  const sink = await startSink()
  const folder = await mkdtemp(join(tmpdir(), 'bench-overhead-'))
  const server = startProgram('overhead-server', [framework, instrument, redis.url, sink.url, folder])
  const { port } = await answerOf<Required<OverheadAnswer>>(server)
  pin(server.pid ?? 0, 0)
  const load = startProgram('constant-load', [])
  const drive = async ({ ratePerSecond, seconds }: Phase): Promise<LoadResult> => {
    const order: Load = { port, ratePerSecond, seconds, connections: CONNECTIONS }
    load.send(order)
    return answerOf<LoadResult>(load)
  }
  const usage = (): Promise<Required<OverheadAnswer>> => {
    server.send('usage')
    return answerOf(server)
  }

  const warm = await drive(WARM_UP)
  const saturatedFrom = performance.now()
  const saturated = await drive(SATURATED)
  const saturatedMs = performance.now() - saturatedFrom
  if (instrument === 'pumphouse, Redis away, spool') await redis.kill()
  await sleep(SETTLE_MS)
  const before = await usage()
  const startedAt = performance.now()
  const steady = await drive(STEADY)
  const elapsedMs = performance.now() - startedAt
  await sleep(SETTLE_MS)
  const after = await usage()
  load.disconnect()
  server.send('end')
  const { recorded } = await answerOf<OverheadAnswer>(server)
  // Some peers keep their process alive.
  server.kill('SIGKILL')
  const delivered = recorded ?? sink.requests
  sink.close()
  await redis.stop()
  await rm(folder, { recursive: true })
  // Those that the server had not answered when the load ended count as well: they are recorded as what they are.
  const created = warm.sent + saturated.sent + steady.sent
  return {
    created: steady.sent,
    delivered: RECORDS_NOTHING.includes(instrument) ? steady.sent : steady.sent - (created - delivered),
    elapsedMs,
    cpuUs: after.cpuUs - before.cpuUs,
    peakRssMiB: after.rssMiB,
    figures: {
      'of it serving': ((after.servingUs - before.servingUs) / steady.answered).toFixed(1),
      'requests/s at saturation': ((saturated.answered / saturatedMs) * MS_PER_SECOND).toFixed(0),
      'p50 / p99 ms': `${steady.p50Ms.toFixed(2)} / ${steady.p99Ms.toFixed(2)}`,
    },
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
    note: `CPU µs are the server's for each request at ${STEADY.ratePerSecond}/s, all its threads; of it serving = on the thread that answers. Delivered = what the instrument recorded of the requests, or what its collector was told. The rate says nothing.`,
  }
}

/** CPU time, latency and memory of four servers, with and without the reporter and its peers. */
export const overheadHttp = overhead('http', 'node:http', [
  'nothing',
  'bare recorder',
  'pumphouse',
  'pumphouse, same thread',
  'pumphouse, disabled',
  'pumphouse, Redis away, spool',
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
