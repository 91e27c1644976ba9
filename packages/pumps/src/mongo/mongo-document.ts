/**
 * A record as a BSON document that every server from MongoDB 5 on accepts and that gives back what the record held.
 *
 * - `_id` is the record's id as ObjectId: a redelivered record meets itself. The key `id` is left out, being the same.
 * - Keys may begin with `$` and hold dots. What BSON cannot hold is renamed: NUL becomes U+2400 (␀), a top-level `_id` of the application
 *   `_id_`, and `_bsontype` `_bsontype_` (the driver would take its owner for a value of its own).
 * - Dates, bytes, arrays and nested documents stay what they are. A bigint is a 64-bit integer; beyond that its decimal text.
 *   An invalid date is null. `expireAt` in milliseconds becomes a date, which is what a TTL index needs.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { Document, ObjectId } from 'mongodb'
import { RejectedError } from '../errors.ts'
import { timeOf } from '../record-time.ts'

/** MongoDB's limit; a deeper document makes it refuse the whole command. */
const MAX_DEPTH = 100
const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3
/** From here on counting the bytes of a string is cheaper than overestimating it. */
const LONG_STRING = 1024
/** Type, terminators, length, and a value of fixed size: the most that BSON adds to a key. */
const MAX_FIELD_BYTES = 24

export interface DocumentMaker {
  /** The document of a record. Throws RejectedError (`no_id`, `too_deep`) when there is none. */
  make(record: AnalyticsRecord): Document
  /** At least the bytes that the document made last takes as BSON. */
  readonly maxBytes: number
}

/** What a collection needs of its documents. */
export interface DocumentNeeds {
  /** The timestamp as a date: what a time series is ordered by. */
  readonly dated: boolean
  /** A record without an `expireAt` gets one, so many milliseconds after its timestamp; 0 = it does not. */
  readonly expireAfterMs: number
}

/** The class comes from the driver, which is loaded only when a mongo pump starts. */
export function createDocumentMaker(ObjectIdClass: typeof ObjectId, needs: DocumentNeeds): DocumentMaker {
  const { dated, expireAfterMs } = needs
  let bytes = 0

  const bsonValue = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') {
      bytes += value.length < LONG_STRING ? value.length * MAX_BYTES_PER_UNIT : Buffer.byteLength(value)
      return value
    }
    if (typeof value === 'bigint') return bsonBigInt(value)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value
    if (ArrayBuffer.isView(value)) {
      bytes += value.byteLength
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    }
    if (depth >= MAX_DEPTH) throw new RejectedError('too_deep', `nested more than ${MAX_DEPTH} levels deep`)
    if (Array.isArray(value)) {
      bytes += value.length * MAX_FIELD_BYTES
      return value.map(item => bsonValue(item, depth + 1))
    }
    const document: Document = {}
    for (const key of Object.keys(value)) {
      setField(document, legalKey(key), bsonValue((value as Document)[key], depth + 1))
    }
    return document
  }

  const setField = (document: Document, key: string, value: unknown): void => {
    bytes += key.length * MAX_BYTES_PER_UNIT + MAX_FIELD_BYTES
    // An assignment would set the prototype instead.
    if (key === '__proto__') {
      Object.defineProperty(document, key, { value, enumerable: true, configurable: true, writable: true })
    } else document[key] = value
  }

  return {
    make(record) {
      bytes = MAX_FIELD_BYTES
      const document: Document = { _id: objectId(ObjectIdClass, record.id) }
      for (const key in record) {
        if (key === 'id') continue
        const value = key === 'expireAt' ? asDate(record[key]) : record[key]
        setField(document, key === '_id' ? '_id_' : legalKey(key), bsonValue(value, 1))
      }
      if (dated) setField(document, 'timestamp', new Date(timeOf(record)))
      if (expireAfterMs > 0 && !(document['expireAt'] instanceof Date)) {
        setField(document, 'expireAt', new Date(timeOf(record) + expireAfterMs))
      }
      return document
    },
    get maxBytes() {
      return bytes
    },
  }
}

function objectId(ObjectIdClass: typeof ObjectId, id: unknown): ObjectId {
  if (typeof id === 'string' && ObjectIdClass.isValid(id)) return new ObjectIdClass(id)
  throw new RejectedError('no_id', 'a record without an id of 24 hex digits could be stored twice')
}

function legalKey(key: string): string {
  if (key === '_bsontype') return '_bsontype_'
  return key.includes('\0') ? key.replaceAll('\0', '\u2400') : key
}

function bsonBigInt(value: bigint): bigint | string {
  return value > MAX_INT64 || value < MIN_INT64 ? value.toString() : value
}

function asDate(value: unknown): unknown {
  return typeof value === 'number' ? new Date(value) : value
}
