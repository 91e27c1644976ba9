/**
 * Reads what an unordered insert failed with. Never by message, and not by class: an error of the connection and one of the server
 * both come as MongoBulkWriteError; only per-document errors have an index.
 *
 * | the server answers | what becomes of the records |
 * | --- | --- |
 * | of a document: 11000 (a key is there already), and the document of that id is there | delivered: it was stored before |
 * | of a document: 11000, and there is none of that id | rejected, `duplicate`: another unique index has its key |
 * | of a document: 121 (a validator refuses it) | rejected, `validation` |
 * | of a document: 10334 (too large after all) | rejected, `too_large` |
 * | of a document: a code that tells of the server's state (STATE_CODES: stepping down, no space, …) | that record is tried again, its neighbours are delivered |
 * | of a document: any other code | rejected, `refused`, with the code |
 * | any of these, and the write concern was not met | all are tried again: what is stored is not known to be durable |
 * | an error that the driver labels RetryableWriteError, after its own retry | all are tried again |
 * | no primary, 13 and 18 (rights, password), time limits, a connection that ends, silence, a lost reply | all are tried again; health says why |
 * | nothing, because the driver cannot write a document as BSON | that document is rejected, `unserializable`; the others are tried again |
 *
 * What is larger than a document may be never gets here: mongo-oversize.ts cuts it. A record without an id or nested too deep is rejected before
 * (`no_id`, `too_deep`; mongo-document.ts).
 */
import type { Rejection } from '../pump.ts'

/** What the server said about single documents of one insert. Positions are those in the insert. */
export interface InsertFailures {
  /** A unique index has the key already: `_id`, then the record is there, or another. */
  readonly duplicates: readonly number[]
  readonly rejected: readonly Rejection[]
  /** Refused now, not for good. */
  readonly retry: readonly number[]
}

const RETRYABLE = 'RetryableWriteError'
/** DuplicateKey. */
const DUPLICATE_KEY = 11000

/** Codes with which a server refuses a document for what the document is. */
const REASONS: Readonly<Record<number, string>> = {
  121: 'validation',
  10334: 'too_large',
}

/** Codes that tell of the server's state, not of the document; a router passes them on per document. */
const STATE_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized
  50, // MaxTimeMSExpired
  63, // StaleShardVersion
  64, // WriteConcernFailed
  89, // NetworkTimeout
  91, // ShutdownInProgress
  112, // WriteConflict
  117, // ConflictingOperationInProgress
  133, // FailedToSatisfyReadPreference
  150, // StaleEpoch
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  246, // SnapshotUnavailable
  262, // ExceededTimeLimit
  314, // ObjectIsBusy
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13388, // StaleConfig
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
])

/**
 * The failures of single documents among `size`; undefined when the insert failed as a whole, or when what became of the others is
 * not known to be durable (a write concern that was not met, documents that were not sent).
 */
export function readInsertFailures(error: unknown, size: number): InsertFailures | undefined {
  if (!isBulkError(error) || error.writeErrors.length === 0) return undefined
  // The driver has tried once more by itself; what it labels so is of the whole insert.
  if (error.errorLabels?.includes(RETRYABLE)) return undefined
  if (error.result?.getWriteConcernError?.() !== undefined) return undefined
  // Some servers count the failed among the inserted: more than all is fine, fewer is not.
  if ((error.result?.insertedCount ?? 0) + error.writeErrors.length < size) return undefined

  const duplicates: number[] = []
  const rejected: Rejection[] = []
  const retry: number[] = []
  for (const { index, code, errmsg } of error.writeErrors) {
    if (code === DUPLICATE_KEY) duplicates.push(index)
    else if (STATE_CODES.has(code)) retry.push(index)
    else rejected.push({ index, reason: REASONS[code] ?? 'refused', message: `code ${code}: ${errmsg}` })
  }
  return { duplicates, rejected, retry }
}

interface BulkError {
  readonly errorLabels?: readonly string[]
  readonly writeErrors: readonly { readonly index: number; readonly code: number; readonly errmsg: string }[]
  readonly result?: { readonly insertedCount?: number; getWriteConcernError?(): unknown }
}

function isBulkError(error: unknown): error is BulkError {
  return typeof error === 'object' && error !== null && 'writeErrors' in error && Array.isArray(error.writeErrors)
}
