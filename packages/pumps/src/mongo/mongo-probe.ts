/**
 * Finds out whether a server can make collections of a kind by letting it make one, and drops that again. There is no other way: of the servers that
 * speak this protocol some refuse capped collections or time series, some make a plain collection and say nothing, and none can be asked.
 *
 * The name is one that nobody else has. Cut off in the very moment between the two, an empty collection of that name stays behind.
 */
import { randomBytes } from 'node:crypto'
import { errorMessage } from '@pumphouse/options'
import type { CreateCollectionOptions, Db } from 'mongodb'
import { RetryableError } from '../errors.ts'

const PROBE_PREFIX = 'pumphouse_check_'
const RANDOM_BYTES = 12

export interface Probe {
  /** In words: `capped`, `time series`. */
  readonly kind: string
  readonly options: CreateCollectionOptions
  /** Whether the collection of that name is of the kind. */
  isOfKind(db: Db, name: string): Promise<boolean>
}

/** Throws RetryableError in words when the server cannot make such collections. Leaves nothing behind. */
export async function tryOut(db: Db, { kind, options, isOfKind }: Probe): Promise<void> {
  const name = `${PROBE_PREFIX}${randomBytes(RANDOM_BYTES).toString('hex')}`
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
