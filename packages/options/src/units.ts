/** Durations and sizes as people write them: a number and its unit. Without a unit only 0 means the same to everyone. */

import { PumphouseError } from '@pumphouse/record'

/** Timers of Node count in 31 bits of milliseconds (24.8 days); a longer one would fire at once. */
export const MAX_TIMER_MS = 24 * 24 * 60 * 60 * 1000

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}
/** Size units from which `formatSize` picks, best first. */
const SIZES_SHOWN = ['GiB', 'MiB', 'KiB', 'GB', 'MB', 'KB', 'B']
const DURATIONS_SHOWN = ['d', 'h', 'm', 's', 'ms']
/** Longer texts are no quantities; the pattern below need not look at them. */
const LONGEST_QUANTITY = 32
const QUANTITY = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/

/** `10s` → 10000. Units: ms, s, m, h, d. A bare 0 needs none. Throws PH_CONFIG_INVALID when it cannot be read or is no whole number of milliseconds. */
export function parseDuration(text: string | number): number {
  return parseQuantity(text, DURATION_UNITS, 'a duration with its unit, such as 10s (ms, s, m, h, d)')
}

/** `8MiB` → 8388608. Units: B, KB, MB, GB, KiB, MiB, GiB. A bare 0 needs none. Throws PH_CONFIG_INVALID when it cannot be read or is no whole number of bytes. */
export function parseSize(text: string | number): number {
  return parseQuantity(text, SIZE_UNITS, 'a size with its unit, such as 8MiB (B, KB, MB, GB, KiB, MiB, GiB)')
}

/** 10000 → `10s`: the largest unit that gives a whole number, so that `parseDuration` reads the same value back. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, DURATION_UNITS, DURATIONS_SHOWN)
}

/** 8388608 → `8MiB`: the largest unit that gives a whole number, so that `parseSize` reads the same value back. */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, SIZE_UNITS, SIZES_SHOWN)
}

function parseQuantity(text: string | number, units: Readonly<Record<string, number>>, expected: string): number {
  const trimmed = String(text).slice(0, LONGEST_QUANTITY).trim()
  if (trimmed === '0') return 0
  const [, amount, unit] = QUANTITY.exec(trimmed) ?? []
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined
  // 1.1 × 1000 is 1100.0000000000002: rounded to a millionth before it is asked whether it is whole.
  const value = factor === undefined ? Number.NaN : Math.round(Number(amount) * factor * 1e6) / 1e6
  if (!Number.isSafeInteger(value)) {
    throw new PumphouseError('PH_CONFIG_INVALID', `"${trimmed}" is not ${expected}`)
  }
  return value
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>, shown: readonly string[]): string {
  if (value === 0) return '0'
  const unit = shown.find(name => value % units[name]! === 0) ?? shown.at(-1)!
  return `${value / units[unit]!}${unit}`
}
