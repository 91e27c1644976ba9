/**
 * Keeps a part of the records, the same ones each time they are delivered and in every daemon: what decides is a hash of a field, not chance.
 * With `by: traceId` all records of a trace share their fate. A record without the field is decided by its id.
 */

import type { AnalyticsRecord } from '@pumphouse/record'
import type { Sampling } from '../config/policies.ts'
import { fieldReader } from './field.ts'
import type { RecordTest } from './filter.ts'

const HASHES = 2 ** 32

/** True for the records that are kept: of many, the part `rate` of them. */
export function compileSample({ rate, by }: Sampling): RecordTest {
  const keptBelow = Math.round(rate * HASHES)
  const read = fieldReader(by)
  return record => {
    const value = read(record)
    return hash(String(typeof value === 'string' || typeof value === 'number' ? value : record.id)) < keptBelow
  }
}

/** A kept record stands for the others too: its weight (1 when it has none) grows by the part that was kept. */
export function compileWeight({ rate }: Sampling): (record: AnalyticsRecord) => AnalyticsRecord {
  return record => {
    const weight = typeof record.weight === 'number' && record.weight > 0 ? record.weight : 1
    return { ...record, weight: weight / rate }
  }
}

/** 32 bits in which every bit depends on every character (FNV-1a, then the finalizer of MurmurHash3): ids differ in their last digits only. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
