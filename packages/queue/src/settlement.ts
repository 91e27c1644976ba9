import type { Argument } from './run-script.ts'

/** A record, or a frame nobody could decode, that a pump will never deliver. */
export interface DeadLetter {
  readonly reason: string
  readonly message: string
  readonly attempts: number
  /** Absent when the frame could not be decoded. */
  readonly recordId?: string
  /** The record in msgpack, or the raw bytes of the frame. */
  readonly body: Uint8Array
  readonly kind: 'record' | 'frame'
}

/** A frame whose every record is settled: delivered + filtered + deadLettered = count. */
export interface Settlement {
  readonly id: string
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  readonly deadLetters?: readonly DeadLetter[]
}

/** What a settle did. */
export interface SettleResult {
  /** Ids this call acked and counted. The others belonged to another consumer by now, or were settled before: nothing was counted for them. */
  readonly settled: readonly string[]
}

/** Frames of one script call: short enough that Redis serves others in between. */
const MAX_FRAMES_PER_CALL = 128
/** Bytes of dead letters after which a call takes no further frame, for the same reason. */
const MAX_LETTER_BYTES_PER_CALL = 1024 * 1024

/** Settlements cut into calls: bounded in frames and in bytes of dead letters; one frame is never cut. */
export function* settleCalls(settlements: readonly Settlement[]): Generator<readonly Settlement[]> {
  let call: Settlement[] = []
  let bytes = 0
  for (const settlement of settlements) {
    call.push(settlement)
    for (const letter of settlement.deadLetters ?? []) bytes += letter.body.byteLength
    if (call.length >= MAX_FRAMES_PER_CALL || bytes >= MAX_LETTER_BYTES_PER_CALL) {
      yield call
      call = []
      bytes = 0
    }
  }
  if (call.length > 0) yield call
}

/** The arguments of the settle script for some frames. */
export function settleArgs(settlements: readonly Settlement[]): Argument[] {
  const args: Argument[] = []
  for (const { id, delivered, filtered, deadLettered, deadLetters = [] } of settlements) {
    args.push(id, delivered, filtered, deadLettered, deadLetters.length)
    for (const { reason, message, attempts, recordId = '', kind, body } of deadLetters) {
      const records = kind === 'frame' ? deadLettered : 1
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      args.push(reason, message, attempts, recordId, kind, records, bytes)
    }
  }
  return args
}
