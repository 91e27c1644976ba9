/**
 * Reads what an unordered insert failed with. Never by message, and not by class: an error of the connection and one of the server
 * both come as MongoBulkWriteError; only per-document errors have an index.
 */
import type { Rejection } from './pump.ts'

/** What the server said about single documents of one insert. Positions are those in the insert. */
export interface InsertFailures {
  /** A unique index has the key already: `_id`, then the record is there, or another. */
  readonly duplicates: readonly number[]
  readonly rejected: readonly Rejection[]
  /** Refused now, not for good. */
  readonly retry: readonly number[]
}

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
  readonly writeErrors: readonly { readonly index: number; readonly code: number; readonly errmsg: string }[]
  readonly result?: { readonly insertedCount?: number; getWriteConcernError?(): unknown }
}

function isBulkError(error: unknown): error is BulkError {
  return typeof error === 'object' && error !== null && 'writeErrors' in error && Array.isArray(error.writeErrors)
}
