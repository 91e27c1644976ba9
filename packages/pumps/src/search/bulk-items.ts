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

/** A plan that is being made. */
export interface BulkPlanning {
  /** Makes the lines of so many further records; true when there are more. */
  advance(records: number): boolean
  /** The plan; what is not made is made now. */
  finish(): BulkPlan
}

/** Begins the plan of a batch. */
export type BulkPlanner = (batch: readonly AnalyticsRecord[]) => BulkPlanning

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
    const pieces: Buffer[] = []
    let position = 0

    const add = (record: AnalyticsRecord): void => {
      try {
        items.push({ position, lines: linesOf(record) })
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error
        rejected.push({ index: position, reason: error.reason, message: error.message })
      }
      position += 1
    }
    const advance = (records: number): boolean => {
      const before = items.length
      for (const record of batch.slice(position, position + records)) add(record)
      pieces.push(bodyOf(items.slice(before)))
      return position < batch.length
    }
    return {
      advance,
      finish() {
        if (position < batch.length) advance(batch.length)
        return { items, rejected, body: Buffer.concat(pieces) }
      },
    }
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
