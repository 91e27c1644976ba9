/** `pumphouse status`: what every pump has got, delivered and still has to deliver, counted in Redis. */

import { maskPasswords } from '@pumphouse/options'
import { connectRedis, type PumpStatus, type RedisOptions, readStatus, type SetStatus } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import { errorMessage } from '../pipeline/error-message.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { loadOrComplain } from './validate.ts'

/** Exit 0; 1 when Redis cannot be asked, or when a pump's records are not all accounted for. */
export async function status(file: string, json: boolean, surroundings: CommandSurroundings): Promise<ExitCode> {
  const config = await loadOrComplain(file, surroundings)
  if (config === undefined) return EXIT.config
  const { print, complain } = surroundings
  let found: SetStatus
  try {
    found = await askRedis(config.redis, redis => readStatus(redis, config.analytics))
  } catch (error) {
    await complain(`status: Redis at ${maskPasswords(config.redis.url)} cannot be asked: ${errorMessage(error)}\n`)
    return EXIT.failed
  }
  await print(json ? `${JSON.stringify({ pumps: found.pumps }, null, 2)}\n` : renderTable(config.analytics.name, found))
  const broken = Object.entries(found.pumps).filter(([, pump]) => !pump.holds)
  for (const [name] of broken) {
    await complain(`status: ${name}: pushed is not delivered + filtered + dead-lettered + removed + pending\n`)
  }
  return broken.length === 0 ? EXIT.ok : EXIT.failed
}

async function askRedis<T>(options: RedisOptions, ask: (redis: Redis) => Promise<T>): Promise<T> {
  let redis: Redis | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      redis = connectRedis(options, 'pumphouse-status', { onUp: resolve, onDown: reject })
    })
    return await ask(redis!)
  } finally {
    redis?.disconnect()
  }
}

const COLUMNS = [
  'pump',
  'pushed',
  'delivered',
  'filtered',
  'dead letters',
  'removed',
  'pending',
  'oldest',
  'adds up',
] as const

/** A table for people, numbers to the right. */
export function renderTable(name: string, { pushed, frames, deadLetters, pumps }: SetStatus): string {
  const head = `set ${name}: ${pushed} records pushed, ${frames} frames held, ${deadLetters} dead letters kept\n`
  const rows = Object.entries(pumps).map(([pump, account]) => [pump, ...cells(account)])
  if (rows.length === 0) return `${head}no pump has been here yet\n`
  const table = [[...COLUMNS], ...rows]
  const widths = COLUMNS.map((_, column) => Math.max(...table.map(row => row[column]!.length)))
  const lines = table.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
  return `${head}${lines.join('\n')}\n`
}

function cells(pump: PumpStatus): string[] {
  const { delivered, filtered, deadLettered, removed, pending } = pump
  const counts = [pump.pushed, delivered, filtered, deadLettered, removed, pending].map(String)
  return [...counts, pump.oldestMs === undefined ? '–' : ageText(pump.oldestMs), pump.holds ? 'yes' : 'NO']
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

function ageText(ms: number): string {
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  return ms < HOUR_MS ? `${(ms / MINUTE_MS).toFixed(1)} min` : `${(ms / HOUR_MS).toFixed(1)} h`
}
