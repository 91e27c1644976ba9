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
  const lines = createLineCollector()
  for (let index = 0; index < batch.length; index++) lines.addRecord(batch[index]!, index, toLine)
  return lines.finish()
}

/** Collects whole lines into chunks. */
export interface LineCollector {
  /** `text` is one line or several, with their ends. */
  add(text: string): void
  /** The line of one record, or its rejection. */
  addRecord(record: AnalyticsRecord, index: number, toLine: (record: AnalyticsRecord) => string): void
  finish(): LineChunks
}

export function createLineCollector(): LineCollector {
  const chunks: string[] = []
  const rejected: Rejection[] = []
  let text = ''
  const add = (more: string): void => {
    if (text !== '' && text.length + more.length > CHUNK_LENGTH) {
      chunks.push(text)
      text = ''
    }
    text += more
  }
  return {
    add,
    addRecord(record, index, toLine) {
      try {
        add(`${toLine(record)}\n`)
      } catch (error) {
        rejected.push({ index, reason: 'unserializable', message: error instanceof Error ? error.message : 'no line' })
      }
    },
    finish() {
      if (text !== '') chunks.push(text)
      return { chunks, rejected }
    },
  }
}
