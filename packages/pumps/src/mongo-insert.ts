/** Writes a batch of records to a collection, each once however often it comes, and tells what became of every one. */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { Document } from 'mongodb'
import { RejectedError, RetryableError } from './errors.ts'
import type { Connected, Driver } from './mongo-connection.ts'
import { createDocumentMaker } from './mongo-document.ts'
import { readInsertFailures } from './mongo-failures.ts'
import type { Rejection, WriteResult } from './pump.ts'

/** A document must be smaller; the same in every release of the server. */
const DOCUMENT_BYTES_LIMIT = 16 * 1024 * 1024
/**
 * The driver cuts an insert into commands of this size and count. Cutting it here keeps one insert one command, which either fails as a
 * whole or tells of each document.
 */
const COMMAND_BYTES_LIMIT = DOCUMENT_BYTES_LIMIT
const MAX_COMMAND_DOCUMENTS = 100_000

/** Some documents of a batch that go out together, and their positions in the batch. */
interface Command {
  readonly documents: Document[]
  readonly positions: number[]
}

/** What became of one command; positions are those in the batch. */
interface Outcome {
  readonly rejected: readonly Rejection[]
  readonly retry: readonly number[]
  readonly error?: unknown
}

/** Inserts the batch. Throws what failed when nothing of it is known to be delivered or refused. */
export async function insertBatch(connected: Connected, batch: readonly AnalyticsRecord[]): Promise<WriteResult> {
  const { commands, rejected } = planCommands(connected.driver, batch)
  let retry: readonly number[] = []
  let failure: unknown
  for (const command of commands) {
    // What stopped one command stops the next: it is not even tried.
    const outcome = retry.length > 0 ? { rejected: [], retry: command.positions } : await insert(connected, command)
    rejected.push(...outcome.rejected)
    retry = retry.concat(outcome.retry)
    failure ??= outcome.error
  }
  if (retry.length === 0) return { rejected }
  if (retry.length === batch.length) throw failure
  return { rejected, retry: { indexes: retry, error: asError(failure) } }
}

function planCommands(
  driver: Driver,
  batch: readonly AnalyticsRecord[],
): { commands: Command[]; rejected: Rejection[] } {
  const maker = createDocumentMaker(driver.ObjectId)
  const commands: Command[] = []
  const rejected: Rejection[] = []
  let command: Command = { documents: [], positions: [] }
  let commandBytes = 0
  for (let position = 0; position < batch.length; position++) {
    try {
      const document = maker.make(batch[position]!)
      const bytes = documentBytes(driver, document, maker.maxBytes)
      const full = commandBytes + bytes >= COMMAND_BYTES_LIMIT || command.documents.length === MAX_COMMAND_DOCUMENTS
      if (full && command.documents.length > 0) {
        commands.push(command)
        command = { documents: [], positions: [] }
        commandBytes = 0
      }
      command.documents.push(document)
      command.positions.push(position)
      commandBytes += bytes
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      rejected.push({ index: position, reason: error.reason, message: error.message })
    }
  }
  if (command.documents.length > 0) commands.push(command)
  return { commands, rejected }
}

/** The driver refuses a whole batch for one document that is too large, so it must be found before. Counted only where the estimate says it may be. */
function documentBytes(driver: Driver, document: Document, estimate: number): number {
  if (estimate < DOCUMENT_BYTES_LIMIT) return estimate
  const bytes = driver.BSON.calculateObjectSize(document, { ignoreUndefined: true })
  if (bytes < DOCUMENT_BYTES_LIMIT) return bytes
  throw new RejectedError(
    'too_large',
    `${bytes} bytes as BSON; a document must be smaller than ${DOCUMENT_BYTES_LIMIT}`,
  )
}

async function insert(connected: Connected, command: Command): Promise<Outcome> {
  const { documents, positions } = command
  try {
    await connected.collection.insertMany(documents, { ordered: false })
    return { rejected: [], retry: [] }
  } catch (error) {
    const failures = readInsertFailures(error, documents.length)
    if (failures === undefined) return unsentOutcome(connected.driver, command, error)
    const foreign = await findForeignDuplicates(
      connected,
      failures.duplicates.map(index => ({ index, id: documents[index]!['_id'] })),
    )
    const rejected = [...failures.rejected, ...foreign].map(one => ({ ...one, index: positions[one.index]! }))
    return { rejected, retry: failures.retry.map(index => positions[index]!), error }
  }
}

/** A key that was there already is a success when it was the record's own: then the record is. Otherwise a unique index refuses it. */
async function findForeignDuplicates(
  { collection }: Connected,
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
