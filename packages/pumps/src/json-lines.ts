/**
 * A batch as JSON lines, faster than line by line.
 *
 * JSON.stringify costs less for one list of records than for each of them. So a group is written as one list with an empty text
 * between the records, and `},"",{`, which then stands between every two, becomes the line end. Nothing else can look like
 * that: inside a text a quote is escaped, and outside of texts an empty text has objects on both sides only in an array that
 * holds objects. A group in which a record has such an array, or needs the slow way of json-line.ts, is written line by line.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import { jsonLine } from './json-line.ts'
import { createLineCollector, type LineChunks } from './line-chunks.ts'

/** Enough to save what can be saved. A group of the largest records is still far below what a string holds. */
const GROUP_RECORDS = 128
const BETWEEN = '},"",{'

/** The same lines and rejections as `lineChunks(batch, jsonLine)`. */
export function jsonLines(batch: readonly AnalyticsRecord[]): LineChunks {
  const lines = createLineCollector()
  for (let from = 0; from < batch.length; from += GROUP_RECORDS) {
    const to = Math.min(from + GROUP_RECORDS, batch.length)
    const text = groupText(batch, from, to)
    if (text !== undefined) lines.add(text)
    else for (let index = from; index < to; index++) lines.addRecord(batch[index]!, index, jsonLine)
  }
  return lines.finish()
}

/** Undefined when a record of the group has to be written by itself. */
function groupText(batch: readonly AnalyticsRecord[], from: number, to: number): string | undefined {
  try {
    const list: unknown[] = []
    for (let index = from; index < to; index++) {
      if (!isPlain(batch[index]!)) return undefined
      list.push(batch[index], '')
    }
    // Without the bracket at the start, and `,""]` at the end.
    return `${JSON.stringify(list).slice(1, -4).replaceAll(BETWEEN, '}\n{')}\n`
  } catch {
    return undefined
  }
}

/** Holds only what JSON.stringify writes as it should be, and no array of objects. */
function isPlain(value: object): boolean {
  for (const key in value) {
    const held: unknown = value[key as keyof typeof value]
    if (typeof held === 'bigint') return false
    if (typeof held !== 'object' || held === null) continue
    if (Array.isArray(held) ? !held.every(isScalar) : ArrayBuffer.isView(held) || !isPlain(held)) return false
  }
  return true
}

function isScalar(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'bigint')
}
