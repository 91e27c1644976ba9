import { PumphouseError } from '@pumphouse/record'
import { createBackoff } from './backoff.ts'
import type { BatchQueue } from './batch-queue.ts'
import type { Episode } from './episode.ts'
import { errorMessage } from './error-message.ts'
import type { FrameDecoder } from './frame-decoder.ts'
import type { FrameSource } from './frame-source.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { LossLog } from './loss-log.ts'
import { pause } from './pause.ts'
import type { RecordPolicy } from './record-policy.ts'
import { isSettled, type TrackedFrame } from './tracked-frame.ts'

/**
 * The reading half of a pipeline: source → decode → filter → omit details → batch queue.
 *
 *   draining ── a read finds nothing ──▶ idle ── purgeDelayMs (0: a short poll) ──▶ draining
 *            ── a read fails ──────────▶ pause with backoff ──▶ draining
 *            ── the queue has no room ─▶ waits; the next read is ready or on its way, and no further one is made
 *            ── stopping ──────────────▶ ended: the open batch goes to the writer, what was not decoded is given back by the pipeline
 *
 * The next read is on its way while the frames of the last are decoded. Frames stay compressed until the queue has room for their
 * records, so what a pipeline holds is two batches, the one it is filling, and two reads of compressed bytes.
 */

/** With purgeDelay 0 an empty set is looked at this often: 20 tiny commands a second, and no record waits longer to be seen. */
const STREAM_POLL_MS = 50
/** A Redis command fails by itself before that (its own timeout is 10 s unless configured longer). */
const READ_WITHIN_MS = 30_000
const READ_BACKOFF = { initialMs: 100, maxMs: 5_000 }

export interface IntakeOptions {
  readonly source: FrameSource
  readonly decoder: FrameDecoder
  readonly policy: RecordPolicy
  readonly queue: BatchQueue
  readonly purgeDelayMs: number
  readonly stopping: AbortSignal
  readonly episode: Episode
  readonly losses: LossLog
  readonly heartbeat: Heartbeat
  /** A frame whose every record is settled already: quarantined, filtered out, or empty. */
  onSettled(frame: TrackedFrame): void
  /** Undefined, or a promise to wait for before more frames are settled. */
  settleRoom(): Promise<void> | undefined
}

export interface Intake {
  /** True while the set is empty and the loop sleeps. */
  readonly idle: boolean
  /** Reads until `stopping` aborts, then closes the queue. */
  run(): Promise<void>
}

export function createIntake(options: IntakeOptions): Intake {
  const { source, decoder, policy, queue, purgeDelayMs, stopping, episode, losses, heartbeat, onSettled } = options
  const backoff = createBackoff(READ_BACKOFF)
  let idle = false

  function quarantine(frame: TrackedFrame, bytes: Uint8Array | undefined, error: unknown): void {
    const reason = error instanceof PumphouseError ? error.code : 'unexpected_error'
    const message = errorMessage(error)
    frame.deadLettered = frame.count
    frame.filtered = 0
    frame.deadLetters = [
      { kind: 'frame', reason, message, attempts: frame.deliveries, body: bytes ?? new Uint8Array(0) },
    ]
    losses.add(reason, frame.count, message)
    onSettled(frame)
  }

  function takeIn(frame: TrackedFrame): void {
    const { bytes } = frame
    frame.bytes = undefined
    let passed: ReturnType<RecordPolicy>
    let payloadBytes: number
    try {
      if (!bytes) throw new PumphouseError('PH_FRAME_MALFORMED', 'the entry holds no frame')
      const decoded = decoder.decode(frame.partition, frame.id, bytes)
      if (decoded.records.length !== frame.count) {
        const found = `the entry counts ${frame.count} records, its frame holds ${decoded.records.length}`
        throw new PumphouseError('PH_FRAME_MALFORMED', found)
      }
      passed = policy(decoded.records)
      payloadBytes = decoded.payloadBytes
    } catch (error) {
      quarantine(frame, bytes, error)
      return
    }
    frame.filtered = frame.count - passed.length
    if (isSettled(frame)) onSettled(frame)
    else queue.add(frame, passed, (payloadBytes * passed.length) / frame.count)
  }

  async function takeInAll(frames: readonly TrackedFrame[]): Promise<void> {
    for (const frame of frames) {
      const room = queue.room() ?? options.settleRoom()
      if (room) {
        heartbeat.park()
        await room
        heartbeat.beat(READ_WITHIN_MS)
      }
      if (decoder.turns.due()) await decoder.turns.next()
      if (stopping.aborted) return
      if (!frame.lost) takeIn(frame)
    }
  }

  async function rest(): Promise<void> {
    // Nothing will join the open batch before its time is up: it may as well go now.
    const due = queue.dueAt()
    if (due !== undefined && due <= performance.now() + purgeDelayMs) queue.flush()
    const restMs = purgeDelayMs > 0 ? purgeDelayMs : STREAM_POLL_MS
    idle = true
    heartbeat.beat(restMs)
    await pause(restMs, stopping)
    idle = false
  }

  /** The frames of a read that is under way; undefined when it failed, after a pause. */
  async function arrival(reading: Promise<readonly TrackedFrame[]>): Promise<readonly TrackedFrame[] | undefined> {
    heartbeat.beat(READ_WITHIN_MS)
    try {
      const frames = await reading
      episode.recovered()
      backoff.reset()
      return frames
    } catch (error) {
      episode.failed(error)
      const waitMs = backoff.next()
      heartbeat.beat(waitMs)
      await pause(waitMs, stopping)
      return undefined
    }
  }

  async function readAll(): Promise<void> {
    let reading = source.next()
    for (;;) {
      const frames = await arrival(reading)
      if (frames?.length === 0 && !stopping.aborted) await rest()
      if (stopping.aborted) return
      reading = source.next()
      if (!frames) continue
      // Its error is met at the next round; until then it must not count as unhandled.
      reading.catch(() => {})
      await takeInAll(frames)
    }
  }

  return {
    get idle() {
      return idle
    },
    async run() {
      try {
        await readAll()
      } finally {
        heartbeat.park()
        queue.close()
      }
    },
  }
}
