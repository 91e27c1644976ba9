export type { Alteration } from './codec/alteration.ts'
export { type DecodeLimits, decodeFrame, decodeProducer } from './codec/decode-frame.ts'
export { type EncodeOptions, encodeFrame } from './codec/encode-frame.ts'
export { decodeRecord, encodeRecord } from './codec/encode-record.ts'
export {
  FRAME_VERSION,
  type Frame,
  MAX_BATCH_BYTES,
  MAX_PAYLOAD_BYTES,
  type Producer,
  type ProducerCounters,
} from './codec/frame.ts'
export type { RowLimits } from './codec/row-limits.ts'
export { createRowBuilder, type RowBatch, type RowBuilder } from './codec/rows.ts'
export { ERRORS, type ErrorCode, PumphouseError } from './errors.ts'
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
} from './redaction/redact-rules.ts'
export type { RedactCounts } from './redaction/redact-value.ts'
export { createRedactor, type Redactor } from './redaction/redactor.ts'
export { compileRegex, type Regex } from './regex.ts'
