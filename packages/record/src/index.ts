export type { Alteration } from './alteration.ts'
export { type DecodeLimits, decodeFrame, decodeProducer } from './decode-frame.ts'
export { type EncodeOptions, encodeFrame } from './encode-frame.ts'
export { decodeRecord, encodeRecord } from './encode-record.ts'
export { ERRORS, type ErrorCode, PumphouseError } from './errors.ts'
export {
  FRAME_VERSION,
  type Frame,
  MAX_BATCH_BYTES,
  MAX_PAYLOAD_BYTES,
  type Producer,
  type ProducerCounters,
} from './frame.ts'
export { compileGlob } from './glob.ts'
export { type AnalyticsRecord, DETAIL_FIELDS, type Outcome } from './record.ts'
export { RECORD_FIELDS, type RecordField, renderRecordReference } from './record-fields.ts'
export { createRecordIdSource, type RecordIdSource, recordIdAt } from './record-id.ts'
export {
  isRedacting,
  REDACTED,
  type RedactProblem,
  type RedactRules,
  redactOptions,
  redactProblems,
} from './redact-rules.ts'
export type { RedactCounts } from './redact-value.ts'
export { createRedactor, type Redactor } from './redactor.ts'
export { compileRegex, type Regex } from './regex.ts'
export type { RowLimits } from './row-limits.ts'
export { createRowBuilder, type RowBatch, type RowBuilder } from './rows.ts'
