/**
 * Sends a batch and tells what became of every record. A request that the server refuses for what is in it is cut in two until the record
 * that is meant is alone; what it answered to the others stands.
 *
 *   whole batch ── refused ──▶ first half ── … ──▶ second half
 *                                └─ cannot be sent now ──▶ it and all that comes after it are to be sent again later
 */
import { createHash } from 'node:crypto'
import type { AnalyticsRecord } from '@pumphouse/record'
import { RetryableError } from '../errors.ts'
import { jsonLine } from '../lines/json-line.ts'
import type { Rejection, WriteResult } from '../pump.ts'
import { readAnswer } from './http-answer.ts'
import type { HttpClient } from './http-client.ts'

/** How records become requests. */
export interface SendPlan {
  readonly method: 'POST' | 'PUT'
  readonly format: 'array' | 'ndjson' | 'single'
  /** Requests at a time with format single. */
  readonly connections: number
}

/** A record as it goes out. */
interface Item {
  readonly index: number
  readonly id: unknown
  readonly json: string
}

/** What is known so far. */
interface Progress {
  readonly rejected: Rejection[]
  readonly retry: number[]
  failure: unknown
}

const CONTENT_TYPES = { array: 'application/json', ndjson: 'application/x-ndjson', single: 'application/json' } as const

/** Throws what failed when nothing of the batch is known to be delivered or refused. */
export async function sendBatch(
  client: HttpClient,
  batch: readonly AnalyticsRecord[],
  plan: SendPlan,
  signal: AbortSignal,
): Promise<WriteResult> {
  const progress: Progress = { rejected: [], retry: [], failure: undefined }
  const items = batch.flatMap((record, index) => itemOf(record, index, progress))
  if (plan.format === 'single') await sendOneByOne(client, items, plan, signal, progress)
  else if (items.length > 0) await sendTogether(client, items, plan, signal, progress)

  signal.throwIfAborted()
  const { rejected, retry, failure } = progress
  if (retry.length === 0) return { rejected }
  if (retry.length === batch.length) throw failure
  const error = failure instanceof Error ? failure : new RetryableError(String(failure))
  const afterMs = failure instanceof RetryableError ? failure.afterMs : undefined
  return { rejected, retry: { indexes: retry, error, ...(afterMs === undefined ? {} : { afterMs }) } }
}

function itemOf(record: AnalyticsRecord, index: number, { rejected }: Progress): readonly Item[] {
  try {
    return [{ index, id: record.id, json: jsonLine(record) }]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    rejected.push({ index, reason: 'unserializable', message })
    return []
  }
}

/** Each line of work takes the next record; after a failure none takes another, and what was not taken waits. */
async function sendOneByOne(
  client: HttpClient,
  items: readonly Item[],
  plan: SendPlan,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < items.length && progress.failure === undefined) {
      const item = items[next++]!
      await sendTogether(client, [item], plan, signal, progress)
    }
  }
  await Promise.all(Array.from({ length: Math.min(plan.connections, items.length) }, work))
  progress.retry.push(...items.slice(next).map(({ index }) => index))
}

async function sendTogether(
  client: HttpClient,
  items: readonly Item[],
  plan: SendPlan,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  if (progress.failure !== undefined) {
    progress.retry.push(...items.map(({ index }) => index))
    return
  }
  try {
    const answer = await client.request({
      method: plan.method,
      body: bodyOf(items, plan.format),
      contentType: CONTENT_TYPES[plan.format],
      idempotencyKey: keyOf(items),
      signal,
    })
    const verdict = readAnswer(answer)
    if (verdict.kind === 'retry') throw verdict.error
    if (verdict.kind === 'delivered') return
    if (items.length === 1) {
      progress.rejected.push({ index: items[0]!.index, reason: verdict.reason, message: verdict.message })
      return
    }
  } catch (error) {
    progress.failure ??= error
    progress.retry.push(...items.map(({ index }) => index))
    return
  }
  const middle = Math.ceil(items.length / 2)
  await sendTogether(client, items.slice(0, middle), plan, signal, progress)
  await sendTogether(client, items.slice(middle), plan, signal, progress)
}

function bodyOf(items: readonly Item[], format: SendPlan['format']): Buffer {
  const texts = items.map(({ json }) => json)
  if (format === 'array') return Buffer.from(`[${texts.join(',')}]`)
  return Buffer.from(format === 'ndjson' ? `${texts.join('\n')}\n` : texts.join(''))
}

/** By the ids alone: what else a record holds is the same whenever it comes. */
function keyOf(items: readonly Item[]): string {
  const ids = items.map(({ id }) => String(id))
  return ids.length === 1 ? ids[0]! : createHash('sha256').update(ids.join()).digest('hex').slice(0, KEY_DIGITS)
}

/** 128 bits: two batches of other records never meet. */
const KEY_DIGITS = 32
