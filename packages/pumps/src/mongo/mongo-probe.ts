/**
 * Finds out whether a server can make collections of a kind by letting it make one, and drops that again. There is no other way: of the servers that
 * speak this protocol some refuse capped collections or time series, some make a plain collection and say nothing, and none can be asked.
 *
 * The name is one that nobody else has, and says when it was made. Cut off in the very moment between the two, an empty collection of that name stays
 * behind, until the next check that comes when no other can still be at work on it.
 */
import { randomBytes } from 'node:crypto'
import { errorMessage } from '@pumphouse/options'
import type { CreateCollectionOptions, Db } from 'mongodb'
import { RetryableError } from '../errors.ts'

const PROBE_PREFIX = 'pumphouse_check_'
const PROBE_NAME = /^pumphouse_check_(\d+)_[0-9a-f]{24}$/
const RANDOM_BYTES = 12
/** Far longer than any check may take. */
const LEFT_BEHIND_MS = 3_600_000

export interface Probe {
  /** In words: `capped`, `time series`. */
  readonly kind: string
  readonly options: CreateCollectionOptions
  /** Whether the collection of that name is of the kind. */
  isOfKind(db: Db, name: string): Promise<boolean>
}

/** Throws RetryableError in words when the server cannot make such collections. Leaves nothing behind. */
export async function tryOut(db: Db, { kind, options, isOfKind }: Probe): Promise<void> {
  const name = `${PROBE_PREFIX}${await serverTime(db)}_${randomBytes(RANDOM_BYTES).toString('hex')}`
  let isSo: boolean
  try {
    await db.createCollection(name, options)
    isSo = await isOfKind(db, name)
  } catch (error) {
    // Whether it was made is not known when the answer was lost.
    await db.dropCollection(name).catch(() => undefined)
    throw new RetryableError(`mongo: this server makes no ${kind} collections: ${errorMessage(error)}`, {
      cause: error,
    })
  }
  try {
    await db.dropCollection(name)
  } catch (error) {
    throw new RetryableError(
      `mongo: the collection "${name}" was made to see whether this server can, and cannot be dropped: ${errorMessage(error)}`,
      { cause: error },
    )
  }
  if (!isSo) throw new RetryableError(`mongo: this server makes no ${kind} collections: it makes plain ones instead`)
}

/**
 * Drops what checks that were cut off have left in the database: empty collections with a name of ours that are an hour old. One with a document in it is
 * somebody's by now, and stays. Throws what the server says when it does not let us.
 */
export async function dropLeftovers(db: Db): Promise<void> {
  const now = await serverTime(db)
  const found = await db.listCollections({ name: { $regex: PROBE_NAME.source } }, { nameOnly: true }).toArray()
  for (const { name } of found) {
    const madeAt = Number(PROBE_NAME.exec(name)?.[1])
    if (now - madeAt >= LEFT_BEHIND_MS && (await db.collection(name).findOne()) === null) await db.dropCollection(name)
  }
}

/** Everybody who checks goes by the clock of the server, so that it does not matter whose is wrong; by our own where a server does not tell its time. */
async function serverTime(db: Db): Promise<number> {
  const said = await db.command({ hello: 1 }).catch(() => undefined)
  const localTime: unknown = said?.['localTime']
  return localTime instanceof Date ? localTime.getTime() : Date.now()
}
