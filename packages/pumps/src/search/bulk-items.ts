/** The records of a batch as the lines of bulk requests. */
import type { AnalyticsRecord } from '@pumphouse/record'
import { RejectedError } from '../errors.ts'
import type { Rejection } from '../pump.ts'
import { timeOf } from '../record-time.ts'
import { createDocumentWriter } from './document.ts'
import type { IndexPattern } from './index-pattern.ts'

/** One record of a bulk request. */
export interface BulkItem {
  /** In the batch. */
  readonly position: number
  /** What is to be done and the document, a line each, with their line ends. */
  readonly lines: string
}

export interface BulkPlan {
  readonly items: readonly BulkItem[]
  /** Of a request with all of them. */
  readonly body: Buffer
  /** Records that cannot be sent at all. */
  readonly rejected: readonly Rejection[]
}

export interface BulkTarget {
  readonly index: IndexPattern
  readonly dataStream: boolean
  /** Field whose value is the routing. */
  readonly routing: string | undefined
}

export type BulkPlanner = (batch: readonly AnalyticsRecord[]) => BulkPlan

/** A longer one makes the servers refuse the whole request. */
const MAX_ID_BYTES = 512

/** Every record creates its document and never replaces one: what is there already was delivered before. */
export function createBulkPlanner({ index, dataStream, routing }: BulkTarget): BulkPlanner {
  const documents = createDocumentWriter()

  const linesOf = (record: AnalyticsRecord): string => {
    const { id } = record
    if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > MAX_ID_BYTES) {
      throw new RejectedError('no_id', 'a record without an id could be stored twice')
    }
    const document = dataStream ? documents.writeAt(record, timeOf(record)) : documents.write(record)
    const route = routing === undefined ? '' : routingPart(record[routing])
    return `{"create":{"_index":"${index.nameOf(record)}","_id":${JSON.stringify(id)}${route}}}\n${document}\n`
  }

  return batch => {
    const items: BulkItem[] = []
    const rejected: Rejection[] = []
    batch.forEach((record, position) => {
      try {
        items.push({ position, lines: linesOf(record) })
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error
        rejected.push({ index: position, reason: error.reason, message: error.message })
      }
    })
    return { items, rejected, body: bodyOf(items) }
  }
}

/** The body of a request with these. */
export function bodyOf(items: readonly BulkItem[]): Buffer {
  return Buffer.from(items.map(({ lines }) => lines).join(''))
}

function routingPart(value: unknown): string {
  const given = (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
  return given ? `,"routing":${JSON.stringify(String(value))}` : ''
}
