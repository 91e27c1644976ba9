/**
 * One record by itself, as a msgpack map: what a dead letter holds. Dates are msgpack's timestamp extension, bytes are bin.
 */

import type { AnalyticsRecord } from '../record.ts'
import { maxObjects } from './frame.ts'
import { encodable, encodeInPlace, openTally } from './msgpack-encoder.ts'
import { malformed, openMsgpack, readValue } from './msgpack-reader.ts'

/** More than any decoded record can need: its values came from at most 8 MiB of rows, and its names from the same. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024

/** A record that came out of a frame, as bytes of their own. Throws PH_FRAME_TOO_LARGE beyond 32 MiB, which no such record reaches. */
export function encodeRecord(record: AnalyticsRecord): Uint8Array {
  return encodeInPlace(encodable(record, openTally(MAX_RECORD_BYTES)), MAX_RECORD_BYTES).slice()
}

/** The record that encodeRecord wrote, frozen. Throws PH_FRAME_MALFORMED or PH_FRAME_TOO_LARGE for other bytes, and nothing else. */
export function decodeRecord(bytes: Uint8Array): AnalyticsRecord {
  const source = openMsgpack(bytes, maxObjects(bytes.length))
  const record = readValue(source)
  const isMap = typeof record === 'object' && record !== null && Object.getPrototypeOf(record) === Object.prototype
  if (!isMap) throw malformed('expected a map', source)
  if (source.position !== bytes.length) throw malformed('something after the record', source)
  return record as AnalyticsRecord
}
