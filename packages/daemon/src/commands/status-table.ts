/** The table of `pumphouse status`, and what it says beside the numbers. */

import type { PumpStatus, SetStatus } from '@pumphouse/queue'
import type { DaemonConfig } from '../config/config.ts'
import { renderRows } from './table.ts'

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

/** What is shown besides the account of the set. */
export interface StatusDetails {
  readonly standings: ReadonlyMap<string, Standing>
  /** Each partition by itself. */
  readonly partitions?: readonly SetStatus[]
  /** Records a second, by pump. */
  readonly rates?: ReadonlyMap<string, number>
}

/** A table for people, numbers to the right. */
export function renderTable(
  name: string,
  set: SetStatus,
  { standings, partitions = [], rates }: StatusDetails = { standings: new Map() },
): string {
  const { pushed, frames, deadLetters, pumps } = set
  const head = `set ${name}: ${pushed} records pushed, ${frames} frames held, ${deadLetters} dead letters kept${gone(set)}\n`
  const rows = Object.entries(pumps).flatMap(([pump, account]) => [
    [pump, ...cells(account), ...(rates ? [String(rates.get(pump) ?? 0)] : [])],
    ...partitions.flatMap((partition, i) => {
      const share = partition.pumps[pump]
      return share ? [[`  partition ${i}`, ...cells(share), ...(rates ? [''] : [])]] : []
    }),
  ])
  if (rows.length === 0) return `${head}no pump has been here yet\n`
  const remarks = [...standings].map(([pump, { paused, leavesInMs = 0 }]) =>
    paused ? `${pump} is paused\n` : `${pump} is not wanted here; its share is kept for ${ageText(leavesInMs)} more\n`,
  )
  const rebuilt = Object.entries(pumps).flatMap(([pump, { sinceRebuiltMs: ms }]) =>
    ms === undefined
      ? []
      : `the account of ${pump} had been deleted from Redis; it began anew ${ageText(ms)} ago with what was pending\n`,
  )
  const columns = rates ? [...COLUMNS, 'per second'] : COLUMNS
  return head + renderRows([columns, ...rows], [0]) + [...remarks, ...rebuilt].join('')
}

/** What was let go, by a bound or by somebody; shown when there is any. */
function gone({ deadLettersRemoved, deadLettersDropped, deadLettersVanished, letGo }: SetStatus): string {
  const parts = [
    ...(deadLettersRemoved > 0 ? [`${deadLettersRemoved} removed by their bound`] : []),
    ...(deadLettersDropped > 0 ? [`${deadLettersDropped} dropped`] : []),
    ...(deadLettersVanished > 0 ? [`${deadLettersVanished} deleted from Redis by hand`] : []),
    ...(letGo > 0 ? [`${letGo} records let go with pumps that nobody wanted`] : []),
  ]
  return parts.map(part => `, ${part}`).join('')
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
