import type { KeptDeadLetter } from '@pumphouse/queue'
import { type AnalyticsRecord, decodeFrame, decodeRecord, PumphouseError } from '@pumphouse/record'

/** The records a letter stands for. */
export interface OpenedLetter {
  readonly records: readonly AnalyticsRecord[]
  /** Bytes they unfold to. */
  readonly bytes: number
}

/** Opens a letter that was read with its body. Throws PH_FRAME_* when its bytes cannot be decoded (yet), or hold other records than were counted. */
export function openLetter(letter: KeptDeadLetter): OpenedLetter {
  const body = letter.body ?? new Uint8Array(0)
  if (letter.kind === 'record') return { records: [decodeRecord(body)], bytes: body.byteLength }
  const { records, payloadBytes } = decodeFrame(body)
  if (records.length !== letter.records) {
    const found = `the letter counts ${letter.records} records, its frame holds ${records.length}`
    throw new PumphouseError('PH_FRAME_MALFORMED', found)
  }
  return { records, bytes: payloadBytes }
}
