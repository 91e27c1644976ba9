import type { AnalyticsRecord } from '@pumphouse/record'
import type { Rejection } from './pump.ts'

/** Lines of a batch, ready to be written. */
export interface LineChunks {
  /** Whole lines, each with its line end. */
  readonly chunks: readonly string[]
  /** Records that have no line. */
  readonly rejected: readonly Rejection[]
}

/** A chunk is one system call: large enough to make calls rare, far below what a string can hold. */
const CHUNK_LENGTH = 1024 * 1024

/** Writes a batch as lines. A record that `toLine` throws on is rejected alone, as `unserializable`. */
export function lineChunks(batch: readonly AnalyticsRecord[], toLine: (record: AnalyticsRecord) => string): LineChunks {
  const chunks: string[] = []
  const rejected: Rejection[] = []
  let text = ''
  for (let index = 0; index < batch.length; index++) {
    try {
      const line = toLine(batch[index]!)
      if (text.length + line.length >= CHUNK_LENGTH && text !== '') {
        chunks.push(text)
        text = ''
      }
      text += `${line}\n`
    } catch (error) {
      rejected.push({ index, reason: 'unserializable', message: error instanceof Error ? error.message : 'no line' })
    }
  }
  if (text !== '') chunks.push(text)
  return { chunks, rejected }
}
