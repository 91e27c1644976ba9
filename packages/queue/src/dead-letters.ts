/**
 * The dead letters of a set: looked at, dropped, or taken away because their records have come to another end. A dead letter is named
 * `<partition>/<entry id>`; the first part of its entry id is the time it was written, by Redis' clock.
 */
import type { Redis } from 'ioredis'
import { partitionKeys } from './keys.ts'
import { dropLettersScript } from './lua/drop-letters.ts'
import { listLettersScript } from './lua/list-letters.ts'
import { replayScript } from './lua/replay.ts'
import { bytesFrom, countFrom, idFrom, idsFrom, listFrom, numberFrom, type Reply, textFrom } from './reply.ts'
import { runScript } from './run-script.ts'
import { type DeadLetter, type Settlement, settleArgs, settleCalls } from './settlement.ts'

/** Which set. */
export interface DeadLetterSet {
  readonly name: string
  readonly partitions: number
}

/** Which dead letters; what is not named does not matter. */
export interface DeadLetterFilter {
  readonly pump?: string
  readonly reason?: string
  /** Milliseconds since 1970, both included. */
  readonly sinceMs?: number
  readonly untilMs?: number
}

/** A dead letter as the set keeps it. */
export interface KeptDeadLetter extends Omit<DeadLetter, 'body'> {
  /** `<partition>/<entry id>`. */
  readonly id: string
  readonly pump: string
  /** The entry it came from. */
  readonly frame: string
  /** When it was written: milliseconds since 1970. */
  readonly atMs: number
  /** Records it stands for: 1, or those of a whole frame. */
  readonly records: number
  readonly bodyBytes: number
  /** Only where bodies were asked for. */
  readonly body?: Uint8Array
}

/** How much at a time. */
export interface DeadLetterPages {
  /** Letters in a page at most. Default 500. */
  readonly pageSize?: number
  /** With their bodies. Default false. */
  readonly bodies?: boolean
}

const PAGE_SIZE = 500
/** Bodies Redis looks through in one call; a letter is looked at whole, so a page may be larger by one body. */
const PAGE_BYTES = 1024 * 1024
/** Ids of one script call: short enough that Redis serves others in between. */
const IDS_PER_CALL = 128
const LETTER_ID = /^(\d{1,3})\/(\d{1,20}-\d{1,20})$/

/**
 * The matching letters, page by page, partition after partition, oldest first within each. Pages are not empty. Letters may be dropped
 * or replayed meanwhile. Throws RedisError.
 */
export async function* readDeadLetters(
  redis: Redis,
  set: DeadLetterSet,
  filter: DeadLetterFilter,
  pages: DeadLetterPages = {},
): AsyncGenerator<readonly KeptDeadLetter[]> {
  for (let partition = 0; partition < set.partitions; partition++) {
    yield* partitionLetters(redis, set.name, partition, filter, pages)
  }
}

/** The oldest matching letters of the whole set, `limit` at most, in the order of their time; `more` when there are others. Throws RedisError. */
export async function listDeadLetters(
  redis: Redis,
  set: DeadLetterSet,
  filter: DeadLetterFilter,
  limit: number,
): Promise<{ readonly letters: readonly KeptDeadLetter[]; readonly more: boolean }> {
  const found: KeptDeadLetter[] = []
  for (let partition = 0; partition < set.partitions; partition++) {
    const wanted = found.length + limit + 1
    const pageSize = Math.min(limit + 1, PAGE_SIZE)
    for await (const page of partitionLetters(redis, set.name, partition, filter, { pageSize })) {
      found.push(...page.slice(0, wanted - found.length))
      if (found.length === wanted) break
    }
  }
  found.sort((a, b) => a.atMs - b.atMs)
  return { letters: found.slice(0, limit), more: found.length > limit }
}

/** One letter with its body; undefined when there is none of that name. Throws RedisError. */
export async function findDeadLetter(
  redis: Redis,
  set: DeadLetterSet,
  id: string,
): Promise<KeptDeadLetter | undefined> {
  const place = placeOf(id, set.partitions)
  if (place === undefined) return undefined
  const page = await readPage(redis, set.name, place.partition, [place.entry, place.entry], {}, { bodies: true })
  return page.letters[0]
}

/** Deletes letters; their records stay dead-lettered in the account. Resolves with how many were still there. Throws RedisError. */
export async function dropDeadLetters(redis: Redis, set: DeadLetterSet, ids: readonly string[]): Promise<number> {
  let dropped = 0
  for (const [partition, entries] of byPartition(ids, set.partitions)) {
    const { counters, dead } = partitionKeys(set.name, partition)
    for (let i = 0; i < entries.length; i += IDS_PER_CALL) {
      const some = entries.slice(i, i + IDS_PER_CALL)
      dropped += await runScript(redis, dropLettersScript, [counters, dead], some, countFrom)
    }
  }
  return dropped
}

/**
 * Takes letters of one pump away because their records were replayed: `id` names the letter, `delivered` and `filtered` are what became
 * of its records, `deadLetters` stand for those that were refused again. Atomic for each letter, and idempotent: a letter moves
 * the account only for the call that removed it. Resolves with the names of those. Throws RedisError.
 */
export async function settleReplayed(
  redis: Redis,
  set: DeadLetterSet & { readonly maxDeadLetters: number },
  pump: string,
  settlements: readonly Settlement[],
): Promise<string[]> {
  const removed: string[] = []
  const byId = new Map(settlements.map(settlement => [settlement.id, settlement]))
  for (const [partition, entries] of byPartition([...byId.keys()], set.partitions)) {
    const { counters, dead } = partitionKeys(set.name, partition)
    const ours = entries.map(id => ({ ...(byId.get(`${partition}/${id}`) as Settlement), id }))
    for (const call of settleCalls(ours)) {
      const args = [pump, set.maxDeadLetters, ...settleArgs(call)]
      const ids = await runScript(redis, replayScript, [counters, dead], args, idsFrom)
      removed.push(...ids.map(id => `${partition}/${id}`))
    }
  }
  return removed
}

async function* partitionLetters(
  redis: Redis,
  name: string,
  partition: number,
  filter: DeadLetterFilter,
  pages: DeadLetterPages,
): AsyncGenerator<readonly KeptDeadLetter[]> {
  let from = filter.sinceMs === undefined ? '-' : String(filter.sinceMs)
  const to = filter.untilMs === undefined ? '+' : String(filter.untilMs)
  while (true) {
    const { letters, last } = await readPage(redis, name, partition, [from, to], filter, pages)
    if (letters.length > 0) yield letters
    if (last === '') return
    from = `(${last}`
  }
}

async function readPage(
  redis: Redis,
  name: string,
  partition: number,
  range: readonly [from: string, to: string],
  { pump = '', reason = '' }: DeadLetterFilter,
  { pageSize = PAGE_SIZE, bodies = false }: DeadLetterPages,
): Promise<{ letters: KeptDeadLetter[]; last: string }> {
  const args = [...range, pump, reason, pageSize, PAGE_BYTES, bodies ? '1' : '0']
  return runScript(redis, listLettersScript, [partitionKeys(name, partition).dead], args, reply => {
    const [last, ...letters] = listFrom(reply)
    return { letters: letters.map(letter => keptLetter(partition, letter)), last: textFrom(last) }
  })
}

function keptLetter(partition: number, reply: Reply): KeptDeadLetter {
  const [entry, pump, frame, reason, message, attempts, record, kind, records, bodyBytes, bytes] = listFrom(reply)
  const id = idFrom(entry)
  const recordId = textFrom(record)
  const body = bytesFrom(bytes)
  return {
    id: `${partition}/${id}`,
    pump: textFrom(pump),
    frame: textFrom(frame),
    atMs: Number(id.split('-', 1)[0]),
    reason: textFrom(reason),
    message: textFrom(message),
    attempts: numberFrom(attempts),
    ...(recordId !== '' && { recordId }),
    kind: textFrom(kind) === 'record' ? 'record' : 'frame',
    records: numberFrom(records),
    bodyBytes: countFrom(bodyBytes),
    ...(body && { body }),
  }
}

/** Entry ids by their partition; what is no name of a letter is left out. */
function byPartition(ids: readonly string[], partitions: number): Map<number, string[]> {
  const places = new Map<number, string[]>()
  for (const id of ids) {
    const place = placeOf(id, partitions)
    if (place === undefined) continue
    const entries = places.get(place.partition) ?? []
    places.set(place.partition, entries)
    entries.push(place.entry)
  }
  return places
}

function placeOf(id: string, partitions: number): { partition: number; entry: string } | undefined {
  const [, partition, entry] = LETTER_ID.exec(id) ?? []
  if (entry === undefined || Number(partition) >= partitions) return undefined
  return { partition: Number(partition), entry }
}
