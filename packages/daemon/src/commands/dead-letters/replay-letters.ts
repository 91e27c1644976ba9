/**
 * Replays dead letters of one pump, page by page: opened, written in batches, and those whose records came to an end taken away by
 * one script each page, which also moves the account. Ended at any point, by a signal or a crash, what was not taken away is still a
 * dead letter; what was written and not yet taken away is written again by the next replay, which changes nothing where the target has ids.
 *
 * A letter of a record was filtered before it was refused. A letter of a frame stands for records nobody had seen: they pass the pump's
 * filters now, and lose their details if it wants them so. Those of them that are refused get letters of their own.
 */

import { errorMessage } from '@pumphouse/options'
import type { Pump } from '@pumphouse/pumps'
import { type DeadLetter, type KeptDeadLetter, type Settlement, settleReplayed } from '@pumphouse/queue'
import { type AnalyticsRecord, encodeRecord } from '@pumphouse/record'
import type { Redis } from 'ioredis'
import type { DaemonConfig, PipelineConfig } from '../../config/config.ts'
import { compilePolicy } from '../../policy/record-policy.ts'
import { openLetter } from './open-letter.ts'
import { type Fate, writeOnce } from './replay-write.ts'

/** What a replay needs. */
export interface ReplaySource {
  readonly redis: Redis
  readonly set: DaemonConfig['analytics']
  readonly config: PipelineConfig
  /** Started. */
  readonly pump: Pump
  /** Letters of this pump, with their bodies. */
  readonly pages: AsyncIterable<readonly KeptDeadLetter[]>
  /** No further batch is written once it aborts. */
  readonly stop: AbortSignal
}

/** What a replay did. Records, unless it says otherwise. */
export interface ReplayCounts {
  delivered: number
  filtered: number
  /** By the target, again: they stay dead letters. */
  refused: number
  /** Letters that still cannot be decoded; they stay. */
  undecodable: number
  /** Letters that somebody else took away meanwhile: nothing was counted for them. */
  gone: number
  /** Why it ended before it was through; undefined when it was. */
  failure: string | undefined
}

interface Item {
  readonly letter: KeptDeadLetter
  readonly records: readonly AnalyticsRecord[]
  readonly bytesPerRecord: number
  readonly fates: Fate[]
}

/** Replays. Throws RedisError; what was settled before is settled. */
export async function replayLetters(source: ReplaySource): Promise<ReplayCounts> {
  const { redis, set, config, pages, stop } = source
  const counts = {
    delivered: 0,
    filtered: 0,
    refused: 0,
    undecodable: 0,
    gone: 0,
    failure: undefined as string | undefined,
  }
  const policy = compilePolicy(config)
  for await (const page of pages) {
    const items = page.flatMap(letter => {
      try {
        const { records, bytes } = openLetter(letter)
        const wanted = letter.kind === 'frame' ? policy(records) : records
        return { letter, records: wanted, bytesPerRecord: bytes / Math.max(1, records.length), fates: [] as Fate[] }
      } catch {
        counts.undecodable += 1
        return []
      }
    })
    counts.failure = await writePage(source, items)
    const ended = items.filter(({ records, fates }) => fates.length === records.length && !fates.includes('unwritten'))
    const settlements = ended.map(settlementOf)
    const done = settlements.filter(({ deadLettered, deadLetters }) => deadLettered === 0 || deadLetters !== undefined)
    const removed = new Set(await settleReplayed(redis, set, config.name, done))
    for (const settlement of settlements) {
      counts.refused += settlement.deadLettered
      if (!done.includes(settlement)) continue
      if (!removed.has(settlement.id)) counts.gone += 1
      else {
        counts.delivered += settlement.delivered
        counts.filtered += settlement.filtered
      }
    }
    if (stop.aborted) counts.failure ??= 'interrupted'
    if (counts.failure !== undefined) break
  }
  return counts
}

/** Writes the records of a page in batches and notes their fates; says why when it did not come to the end. */
async function writePage({ pump, config, stop }: ReplaySource, items: readonly Item[]): Promise<string | undefined> {
  const { maxRecords, maxBytes } = config.batch
  let batch: AnalyticsRecord[] = []
  let owners: Item[] = []
  let bytes = 0

  async function write(): Promise<string | undefined> {
    if (stop.aborted) return 'interrupted'
    const { fates, error } = await writeOnce(pump, config, batch, stop)
    fates.forEach((fate, i) => {
      owners[i]?.fates.push(fate)
    })
    batch = []
    owners = []
    bytes = 0
    return error === undefined ? undefined : `the target fails: ${errorMessage(error)}`
  }

  for (const item of items) {
    for (const record of item.records) {
      batch.push(record)
      owners.push(item)
      bytes += item.bytesPerRecord
      if (batch.length < maxRecords && bytes < maxBytes) continue
      const failure = await write()
      if (failure !== undefined) return failure
    }
  }
  return batch.length > 0 ? await write() : undefined
}

/** A letter of a record that is refused again stays as it is: its settlement has no letters. */
function settlementOf({ letter, records, fates }: Item): Settlement {
  const refused: DeadLetter[] = []
  fates.forEach((fate, i) => {
    const record = records[i] as AnalyticsRecord
    if (typeof fate !== 'object') return
    const identity = typeof record.id === 'string' ? { recordId: record.id } : {}
    refused.push({ kind: 'record', ...fate, ...identity, attempts: letter.attempts + 1, body: encodeRecord(record) })
  })
  const counts = {
    id: letter.id,
    delivered: records.length - refused.length,
    filtered: letter.records - records.length,
    deadLettered: refused.length,
  }
  return letter.kind === 'frame' && refused.length > 0 ? { ...counts, deadLetters: refused } : counts
}
