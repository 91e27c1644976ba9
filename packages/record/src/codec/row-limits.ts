import { MAX_BATCH_BYTES, MAX_VALUE_DEPTH } from './frame.ts'

/** What one record may hold; what goes beyond is cut at the field and counted, never refused. */
export interface RowLimits {
  /** Fields of the record itself. Default 256, at most 512. */
  readonly maxFields: number
  /** UTF-16 units of a string, or bytes. Default 262144. */
  readonly maxFieldLength: number
  /** Estimated bytes of a record. Default 1 MiB; at most 1.5 MiB, so that one record always fits a frame. */
  readonly maxRecordBytes: number
  /** Containers inside each other in one field. Default 16, at most 64. */
  readonly maxDepth: number
  /** Values nested inside the fields of one record, all together. Default 4096. */
  readonly maxValues: number
  /** Different shapes, over the life of the builder; beyond, fields move into `otherFields` (cardinality.ts). Default 1000. */
  readonly maxShapes: number
  /** Different values of `route`; beyond, it is `other`. Default 1000. */
  readonly maxRoutes: number
  /** Different keys in `tags`; beyond, they are `other`. Default 200. */
  readonly maxTagKeys: number
}

const DEFAULT_LIMITS: RowLimits = {
  maxFields: 256,
  maxFieldLength: 262_144,
  maxRecordBytes: 1024 * 1024,
  maxDepth: 16,
  maxValues: 4096,
  maxShapes: 1000,
  maxRoutes: 1000,
  maxTagKeys: 200,
}

/** The rest of MAX_BATCH_BYTES is for the names of the record's fields. */
const MOST_RECORD_BYTES = (MAX_BATCH_BYTES * 3) / 4
const MOST_FIELDS = 512

/** The limits given, defaults for the others, and none beyond what a frame holds. */
export function rowLimits(given: Partial<RowLimits>): RowLimits {
  const limits = { ...DEFAULT_LIMITS, ...given }
  return {
    ...limits,
    maxFields: Math.min(limits.maxFields, MOST_FIELDS),
    maxRecordBytes: Math.min(limits.maxRecordBytes, MOST_RECORD_BYTES),
    maxDepth: Math.min(limits.maxDepth, MAX_VALUE_DEPTH),
  }
}
