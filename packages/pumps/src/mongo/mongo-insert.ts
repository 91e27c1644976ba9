/** Writes a batch of records to a collection, each once however often it comes, and tells what became of every one. */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { Collection, Document } from 'mongodb'
import { RetryableError } from '../errors.ts'
import type { Rejection, WriteResult } from '../pump.ts'
import { type Command, type InsertPlan, planCommands } from './mongo-commands.ts'
import type { Connected, Driver } from './mongo-connection.ts'
import { readInsertFailures } from './mongo-failures.ts'

/** What became of one command; positions are those in the batch. */
interface Outcome {
  readonly rejected: readonly Rejection[]
  readonly retry: readonly number[]
  readonly error?: unknown
}

/**
 * Inserts the batch, each record into the collection that is its own, after `ensure` has seen to that collection. Throws what failed when nothing
 * of the batch is known to be delivered or refused.
 */
export async function insertBatch(
  connected: Connected,
  batch: readonly AnalyticsRecord[],
  plan: InsertPlan,
  ensure: (collection: string) => Promise<void>,
): Promise<WriteResult> {
  const { commands, rejected } = planCommands(connected.driver, batch, plan)
  let retry: readonly number[] = []
  let failure: unknown
  for (const command of commands) {
    // What stopped one command stops the next: it is not even tried.
    const outcome =
      retry.length > 0 ? { rejected: [], retry: command.positions } : await insert(connected, command, ensure)
    rejected.push(...outcome.rejected)
    retry = retry.concat(outcome.retry)
    failure ??= outcome.error
  }
  if (retry.length === 0) return { rejected }
  if (retry.length === batch.length) throw failure
  return { rejected, retry: { indexes: retry, error: asError(failure) } }
}

async function insert(
  connected: Connected,
  command: Command,
  ensure: (collection: string) => Promise<void>,
): Promise<Outcome> {
  const { documents, positions } = command
  const collection = connected.collection(command.collection)
  try {
    await ensure(command.collection)
    await collection.insertMany(documents, { ordered: false })
    return { rejected: [], retry: [] }
  } catch (error) {
    const failures = readInsertFailures(error, documents.length)
    if (failures === undefined) return unsentOutcome(connected.driver, command, error)
    const foreign = await findForeignDuplicates(
      collection,
      failures.duplicates.map(index => ({ index, id: documents[index]!['_id'] })),
    )
    const rejected = [...failures.rejected, ...foreign].map(one => ({ ...one, index: positions[one.index]! }))
    return { rejected, retry: failures.retry.map(index => positions[index]!), error }
  }
}

/** A key that was there already is a success when it was the record's own: then the record is. Otherwise a unique index refuses it. */
async function findForeignDuplicates(
  collection: Collection,
  duplicates: readonly { readonly index: number; readonly id: unknown }[],
): Promise<readonly Rejection[]> {
  if (duplicates.length === 0) return []
  const ids = duplicates.map(({ id }) => id) as never[]
  const found = await collection
    .find({ _id: { $in: ids } }, { projection: { _id: 1 }, readPreference: 'primary' })
    .map(({ _id }) => String(_id))
    .toArray()
  const stored = new Set(found)
  return duplicates
    .filter(({ id }) => !stored.has(String(id)))
    .map(({ index }) => ({ index, reason: 'duplicate', message: 'a unique index other than _id has its key already' }))
}

/** All of it again; but documents that the driver itself cannot write would fail for ever and take their neighbours along. */
function unsentOutcome(driver: Driver, { documents, positions }: Command, error: unknown): Outcome {
  const local = error instanceof RangeError || driver.BSON.BSONError.isBSONError(error)
  const rejected: Rejection[] = []
  if (local) {
    for (const [at, document] of documents.entries()) {
      const message = serializationError(driver, document)
      if (message !== undefined) rejected.push({ index: positions[at]!, reason: 'unserializable', message })
    }
  }
  const refused = new Set(rejected.map(({ index }) => index))
  return { rejected, retry: positions.filter(position => !refused.has(position)), error }
}

function serializationError(driver: Driver, document: Document): string | undefined {
  try {
    driver.BSON.serialize(document, { ignoreUndefined: true })
    return undefined
  } catch (error) {
    return asError(error).message
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new RetryableError(String(error))
}
