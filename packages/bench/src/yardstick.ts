/**
 * How fast the machine was beside the runs of a question: what JSON.stringify takes for a record of 15 fields. A rate divided by it can be compared with
 * one from another machine, or from another hour of the same.
 */
import { cpuUsage } from 'node:process'
import { requestRecord } from './sample-records.ts'

const RECORDS = 1_000
/** Enough to be compiled, and for some 100 ms. */
const ROUNDS = 40

const records = Array.from({ length: RECORDS }, (_, i) => requestRecord(i))

/** CPU microseconds a record, now. */
export function measureYardstick(): number {
  const before = cpuUsage()
  let length = 0
  for (let round = 0; round < ROUNDS; round++) for (const record of records) length += JSON.stringify(record).length
  const { user, system } = cpuUsage(before)
  if (length === 0) throw new Error('nothing was written')
  return (user + system) / (ROUNDS * RECORDS)
}

/** As a sentence: the median, and the least and the most. */
export function describeYardstick(measured: readonly number[]): string {
  const sorted = [...measured].sort((a, b) => a - b)
  const [least, middle, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map(us => us?.toFixed(2))
  return `JSON.stringify took ${middle} µs for a record of 15 fields beside these runs (${least}–${most})`
}
