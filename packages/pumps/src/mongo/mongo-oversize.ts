/**
 * A document that is larger than the server takes is cut at its largest fields, not refused: each of them, the largest first until the rest fits,
 * is replaced by a text that says how large it was, and `_cut` names them. What the record was about is mostly in its small fields.
 */
import type { Document } from 'mongodb'
import type { PumpLog } from '../define-pump.ts'
import { RejectedError } from '../errors.ts'
import type { Driver } from './mongo-connection.ts'

/** A document must be smaller; the same in every release of the server. */
export const DOCUMENT_BYTES_LIMIT = 16 * 1024 * 1024
/** The name of the list of fields that were cut. */
const MARK_FIELD = '_cut'
/** Room for the mark itself, and for the texts that stand for the fields. */
const RESERVED_BYTES = 64 * 1024

/** The bytes a document takes as BSON. */
export function documentBytes(driver: Driver, document: Document): number {
  return driver.BSON.calculateObjectSize(document, { ignoreUndefined: true })
}

/**
 * Cuts a document of `bytes` in place until it fits. Resolves with the names of the fields that were cut; throws RejectedError (`too_large`) when it
 * is large without a large field.
 */
export function cutLargestFields(driver: Driver, document: Document, bytes: number): readonly string[] {
  const sizes = Object.keys(document)
    .filter(name => name !== '_id')
    .map(name => ({ name, size: documentBytes(driver, { [name]: document[name] }) }))
    .sort((a, b) => b.size - a.size)
  const cut: string[] = []
  let left = bytes
  for (const { name, size } of sizes) {
    if (left < DOCUMENT_BYTES_LIMIT - RESERVED_BYTES || size < RESERVED_BYTES) break
    document[name] = `[cut: ${size} bytes]`
    cut.push(name)
    left -= size
  }
  document[MARK_FIELD] = cut
  if (documentBytes(driver, document) < DOCUMENT_BYTES_LIMIT) return cut
  throw new RejectedError(
    'too_large',
    `${bytes} bytes as BSON, in many fields; a document must be smaller than ${DOCUMENT_BYTES_LIMIT}`,
  )
}

/** Documents like this come in flocks. */
const SAID_EVERY_MS = 60_000

/** Says that documents are cut: at once, and then at most once a minute with how many there were. */
export function createCutLog(log: PumpLog): (fields: readonly string[]) => void {
  let documents = 0
  let saidAt = Number.NEGATIVE_INFINITY
  return fields => {
    documents += 1
    if (performance.now() - saidAt < SAID_EVERY_MS) return
    log.warn({ documents, fields }, 'documents are larger than the server takes: their largest fields were cut')
    saidAt = performance.now()
    documents = 0
  }
}
