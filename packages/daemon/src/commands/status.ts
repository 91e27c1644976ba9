/** `pumphouse status`: what every pump has got, delivered and still has to deliver, counted in Redis. */

import { type PumpStatus, readStatus, type SetStatus } from '@pumphouse/queue'
import type { DaemonConfig } from '../config/config.ts'
import { askRedis, CannotAsk } from './ask-redis.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { renderRows } from './table.ts'
import { loadOrComplain } from './validate.ts'

/** Exit 0; 1 when Redis cannot be asked, or when a pump's records are not all accounted for. */
export async function status(file: string, json: boolean, surroundings: CommandSurroundings): Promise<ExitCode> {
  const config = await loadOrComplain(file, surroundings)
  if (config === undefined) return EXIT.config
  const { print, complain } = surroundings
  let found: SetStatus
  try {
    found = await askRedis(config.redis, 'status', redis => readStatus(redis, config.analytics))
  } catch (error) {
    if (!(error instanceof CannotAsk)) throw error
    await complain(`status: ${error.message}\n`)
    return EXIT.failed
  }
  const standings = pumpStandings(config, found)
  const pumps = Object.fromEntries(
    Object.entries(found.pumps).map(([name, { sinceWantedMs: _, ...pump }]) => [
      name,
      { ...pump, ...standings.get(name) },
    ]),
  )
  await print(json ? `${JSON.stringify({ pumps }, null, 2)}\n` : renderTable(config.analytics.name, found, standings))
  const broken = Object.entries(found.pumps).filter(([, pump]) => !pump.holds)
  for (const [name] of broken) {
    await complain(`status: ${name}: pushed is not delivered + filtered + dead-lettered + removed + pending\n`)
  }
  return broken.length === 0 ? EXIT.ok : EXIT.failed
}

/** What the file says of a pump that has a group. */
export interface Standing {
  readonly paused?: true
  /** It is not wanted by this file: the time until its share is let go, unless another daemon wants it. */
  readonly leavesInMs?: number
}

/** The pumps that do not simply run, by name. */
export function pumpStandings(config: DaemonConfig, { pumps }: Pick<SetStatus, 'pumps'>): Map<string, Standing> {
  const running = new Set(config.pumps.map(({ name }) => name))
  const paused = new Set(config.paused.map(({ name }) => name))
  const others = Object.entries(pumps).filter(([name]) => !running.has(name))
  return new Map(
    others.map(([name, { sinceWantedMs = 0 }]) => {
      const leavesInMs = Math.max(0, config.analytics.graceMs - sinceWantedMs)
      return [name, paused.has(name) ? { paused: true } : { leavesInMs }]
    }),
  )
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
export function renderTable(
  name: string,
  { pushed, frames, deadLetters, pumps }: SetStatus,
  standings: ReadonlyMap<string, Standing> = new Map(),
): string {
  const head = `set ${name}: ${pushed} records pushed, ${frames} frames held, ${deadLetters} dead letters kept\n`
  const rows = Object.entries(pumps).map(([pump, account]) => [pump, ...cells(account)])
  if (rows.length === 0) return `${head}no pump has been here yet\n`
  const remarks = [...standings].map(([pump, { paused, leavesInMs = 0 }]) =>
    paused ? `${pump} is paused\n` : `${pump} is not wanted here; its share is kept for ${ageText(leavesInMs)} more\n`,
  )
  return head + renderRows([COLUMNS, ...rows], [0]) + remarks.join('')
}

function cells(pump: PumpStatus): string[] {
  const { delivered, filtered, deadLettered, removed, pending } = pump
  const counts = [pump.pushed, delivered, filtered, deadLettered, removed, pending].map(String)
  return [...counts, pump.oldestMs === undefined ? '–' : ageText(pump.oldestMs), pump.holds ? 'yes' : 'NO']
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

function ageText(ms: number): string {
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  if (ms < HOUR_MS) return `${(ms / MINUTE_MS).toFixed(1)} min`
  return ms < DAY_MS ? `${(ms / HOUR_MS).toFixed(1)} h` : `${(ms / DAY_MS).toFixed(1)} d`
}
