/** What the drain benches share: a Redis, a set filled with records, the real daemon in a process of its own until it has drained them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { connectRedis, readStatus } from '@pumphouse/queue'
import { startRedis } from '@pumphouse/testkit'
import { type Fill, fillSet } from './fill-set.ts'
import type { Measurement } from './measure.ts'

/** One drain: what is in the set, the pumps, and how the far end is counted. */
export interface Drain {
  readonly fill: Fill
  /** The `pumps:` section; `folder` is a temporary one for their files. */
  pumps(folder: string): object
  /** The run is over when this pump has settled all, whatever the others do; default: when each of them has. */
  readonly watched?: string
  /** So many are settled before the measurement begins, which is then of the rest alone. Default: the daemon's start and stop are measured too. */
  readonly warmUp?: number
  /** Records found at the far end, those of the warm-up too; default: what the set's account says was delivered, of the pump that has fewest. */
  count?(folder: string, stdoutLines: number): Promise<number> | number
}

const NAME = 'bench'
const NEWLINE = 10

/** Fills a set, drains it, and counts at the far end. The set's account must hold exactly, or the run fails. */
export async function runDrain({ fill, pumps, watched, warmUp, count }: Drain): Promise<Measurement> {
  const server = await startRedis()
  const folder = await mkdtemp(join(tmpdir(), 'pumphouse-bench-'))
  try {
    await fillSet(server.url, NAME, fill)
    const file = join(folder, 'pump.yaml')
    // JSON is YAML.
    const config = {
      redis: { url: server.url },
      analytics: { name: NAME },
      health: { enabled: false },
      log: { level: 'warn' },
      pumps: pumps(folder),
    }
    await writeFile(file, JSON.stringify(config))
    const args = [file, String(fill.records), watched ?? '', String(warmUp ?? 0)]
    const { measurement, stdoutLines } = await measureProgram('drainer', args)
    const accounted = await deliveredByAccount(server.url, watched)
    const found = (await count?.(folder, stdoutLines)) ?? accounted
    // What was found but is not of the measured part.
    return { ...measurement, delivered: found - (fill.records - measurement.created) }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

/** Runs a program of this folder that measures itself, in a process of its own; `stdoutLines`: what it wrote meanwhile. */
export async function measureProgram(
  name: string,
  args: readonly string[],
): Promise<{ measurement: Measurement; stdoutLines: number }> {
  const program = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  const child = fork(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  let measurement: Measurement | undefined
  child.on('message', message => {
    measurement = message as Measurement
  })
  const [stdoutLines] = await Promise.all([countLines(child.stdout as Readable), once(child, 'close')])
  if (!measurement) throw new Error(`${name} ended without a measurement`)
  return { measurement, stdoutLines }
}

/** Lines in a stream of bytes. */
export async function countLines(stream: Readable): Promise<number> {
  let lines = 0
  for await (const chunk of stream) {
    const bytes = chunk as Buffer
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1
  }
  return lines
}

async function deliveredByAccount(url: string, watched: string | undefined): Promise<number> {
  const redis = await new Promise<ReturnType<typeof connectRedis>>(resolve => {
    const client = connectRedis({ url }, 'bench-count', { onUp: () => resolve(client) })
  })
  const status = (await readStatus(redis, { name: NAME, partitions: 1 })).pumps
  redis.disconnect()
  const pumps = Object.entries(status).flatMap(([name, pump]) => (name === (watched ?? name) ? [pump] : []))
  if (!pumps.every(pump => pump.holds)) throw new Error(`the account does not hold: ${JSON.stringify(pumps)}`)
  return Math.min(...pumps.map(pump => pump.delivered))
}
