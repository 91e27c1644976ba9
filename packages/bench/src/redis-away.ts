/**
 * What does an application notice when Redis is away for a minute? A fastify API under a constant rate of requests; Redis is killed in the
 * middle, and comes back. Four processes: the API, the load, Redis, and this one, which only waits.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '@pumphouse/testkit'
import type { AwayMode, AwayServerMessage } from './away-server.ts'
import type { Load, LoadResult } from './constant-load.ts'
import type { Measurement } from './measure.ts'
import { answerOf, startProgram } from './programs.ts'
import { pushedTo } from './pushed-records.ts'
import type { Case, Question } from './question.ts'

const RATE_PER_SECOND = 5_000
const WARM_UP_S = 8
const BEFORE_S = 30
const AWAY_S = 60
const AFTER_S = 30
const CONNECTIONS = 64
const KIB_PER_MIB = 1024
const SET = { name: 'bench', partitions: 1 }

function serving(name: string, mode: AwayMode): Case {
  return { name, run: () => serve(mode) }
}

async function serve(mode: AwayMode): Promise<Measurement> {
  // What Redis had taken is there again when it comes back: a kill loses nothing that was written.
  const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  const dir = await mkdtemp(join(tmpdir(), 'bench-away-'))
  const server = startProgram('away-server', [mode, redis.url, dir])
  const { port } = await answerOf<{ port: number }>(server)
  const load = startProgram('constant-load', [])
  const phase = (seconds: number): Promise<LoadResult> => {
    const order: Load = { port, ratePerSecond: RATE_PER_SECOND, seconds, connections: CONNECTIONS }
    load.send(order)
    return answerOf<LoadResult>(load)
  }

  await phase(WARM_UP_S)
  const startedAt = performance.now()
  const before = await phase(BEFORE_S)
  await redis.kill()
  const away = await phase(AWAY_S)
  await redis.restart()
  const after = await phase(AFTER_S)
  const elapsedMs = performance.now() - startedAt
  load.disconnect()
  server.send('end')
  const end = await answerOf<Extract<AwayServerMessage, { created: number }>>(server)
  const delivered = mode === 'none' ? end.created : await pushedTo(redis.url, SET)
  await redis.stop()
  await rm(dir, { recursive: true })
  return {
    created: end.created,
    delivered,
    elapsedMs,
    cpuUs: end.cpuUs,
    peakRssMiB: end.maxRssKiB / KIB_PER_MIB,
    figures: {
      'p50 / p99 ms before': latency(before),
      away: latency(away),
      after: latency(after),
      'late or failed': String([before, away, after].reduce((sum, { failed }) => sum + failed, 0)),
      'at most on disk': String(end.mostSpooled),
      dropped: String(end.dropped),
    },
  }
}

function latency({ p50Ms, p99Ms }: LoadResult): string {
  return `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}`
}

/** A fastify API before, while and after Redis is away for a minute. */
export const redisAway: Question = {
  question: 'What does an application notice of a minute without Redis?',
  cases: [
    serving('fastify without reporter', 'none'),
    serving('with the reporter, one worker, a spool', 'worker'),
    serving('with the reporter, same thread, a spool', 'same-thread'),
  ],
  compare: 'cpu',
  note: `${RATE_PER_SECOND} requests/s for ${BEFORE_S} s, ${AWAY_S} s without Redis, and ${AFTER_S} s; latency from the moment a request was due, over ${CONNECTIONS} connections. The row without a reporter shows the noise of the machine. Delivered = records in the set at the end, and nothing in the spool.`,
}
