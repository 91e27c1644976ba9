import { errorMessage } from '@pumphouse/options'
import { PumphouseError } from '@pumphouse/record'
import type { RecordPolicy } from '../policy/record-policy.ts'
import { createBackoff } from './backoff.ts'
import type { BatchQueue } from './batch-queue.ts'
import type { Episode } from './episode.ts'
import type { FaultPoints } from './fault-points.ts'
import type { FrameDecoder, FrameReader } from './frame-decoder.ts'
import type { FrameSource } from './frame-source.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { LossLog } from './loss-log.ts'
import { pause } from './pause.ts'
import { isSettled, type TrackedFrame } from './tracked-frame.ts'

/**
 * The reading half of a pipeline: source → decode → record policy → batch queue.
 *
 *   draining ── a read finds nothing ──▶ idle ── purgeDelayMs (0: a short poll) ──▶ draining
 *            ── a read fails ──────────▶ pause with backoff ──▶ draining
 *            ── the queue has no room ─▶ waits; no further read is made than the one on its way
 *            ── stopping ──────────────▶ ended: the open batch goes to the writer, what was not decoded is given back by the pipeline
 *
 * The next read is on its way while the second half of the last is decoded. Frames stay compressed until the queue has room for
 * their records, so what a pipeline holds is two batches, the one it is filling, and at most two reads of compressed bytes.
 */

/** With purgeDelay 0 an empty set is looked at this often: 20 tiny commands a second, and no record waits longer to be seen. */
const STREAM_POLL_MS = 50
/** A Redis command fails by itself before that (its own timeout is 10 s unless configured longer). */
const READ_WITHIN_MS = 30_000
/** The reason of a dead letter for a frame whose readers ended again and again. */
const POISON = 'poison'
const READ_BACKOFF = { initialMs: 100, maxMs: 5_000 }

/** Where the reading half gets frames, what it does with their records, and where they go. */
export interface IntakeOptions {
  readonly source: FrameSource
  readonly decoder: FrameDecoder
  readonly policy: RecordPolicy
  readonly queue: BatchQueue
  readonly purgeDelayMs: number
  /** A frame handed out more often is quarantined before anything looks into it; 0 = none is. */
  readonly maxDeliveries: number
  readonly stopping: AbortSignal
  readonly episode: Episode
  readonly losses: LossLog
  readonly heartbeat: Heartbeat
  readonly faults?: FaultPoints | undefined
  /** A frame whose every record is settled already: quarantined, filtered out, or empty. */
  onSettled(frame: TrackedFrame): void
  /** Undefined, or a promise to wait for before more frames are settled. */
  settleRoom(): Promise<void> | undefined
}

/** The reading half of a pipeline. */
export interface Intake {
  /** True while the set is empty and the loop sleeps. */
  readonly idle: boolean
  /** Reads until `stopping` aborts, then closes the queue. */
  run(): Promise<void>
}

/** Makes the reading half; it does nothing before run(). */
export function createIntake(options: IntakeOptions): Intake {
  const { source, decoder, policy, queue, stopping, episode, losses, heartbeat, maxDeliveries, onSettled } = options
  const backoff = createBackoff(READ_BACKOFF)
  let idle = false

  function quarantine(frame: TrackedFrame, bytes: Uint8Array | undefined, reason: string, message: string): void {
    frame.deadLettered = frame.count
    frame.filtered = 0
    frame.deadLetters = [
      { kind: 'frame', reason, message, attempts: frame.deliveries, body: bytes ?? new Uint8Array(0) },
    ]
    losses.add(reason, frame.count, message)
    onSettled(frame)
  }

  function takeIn(frame: TrackedFrame, reader: FrameReader): void {
    const { bytes } = frame
    frame.bytes = undefined
    if (maxDeliveries > 0 && frame.deliveries > maxDeliveries) {
      quarantine(frame, bytes, POISON, `handed out ${frame.deliveries} times and never settled`)
      return
    }
    let passed: ReturnType<RecordPolicy>
    let payloadBytes: number
    try {
      if (!bytes)
        throw new PumphouseError(
          'PH_FRAME_MALFORMED',
          'the entry has no bytes: something else wrote it, or they were removed',
        )
      const decoded = reader.decode(frame.partition, frame.id, bytes)
      options.faults?.reach('after-decode')
      if (decoded.records.length !== frame.count) {
        const found = `the entry counts ${frame.count} records, its frame holds ${decoded.records.length}`
        throw new PumphouseError('PH_FRAME_MALFORMED', found)
      }
      passed = policy(decoded.records)
      payloadBytes = decoded.payloadBytes
    } catch (error) {
      quarantine(frame, bytes, error instanceof PumphouseError ? error.code : 'unexpected_error', errorMessage(error))
      return
    }
    frame.filtered = frame.count - passed.length
    if (isSettled(frame)) onSettled(frame)
    else queue.add(frame, passed, (payloadBytes * passed.length) / frame.count)
  }

  /** Calls `halfway` when half of the frames are taken in: a pump that takes nothing causes no further read. */
  async function takeInAll(frames: readonly TrackedFrame[], reader: FrameReader, halfway: () => void): Promise<void> {
    const half = frames.length >> 1
    for (const [i, frame] of frames.entries()) {
      const room = queue.room() ?? options.settleRoom()
      if (room) {
        heartbeat.park()
        await room
        heartbeat.beat(READ_WITHIN_MS)
      }
      // The writer that made room has its next write to begin: decoding before that would leave the target with nothing to do.
      if (room || reader.turnDue()) await reader.turn()
      if (stopping.aborted) return
      if (i === half) halfway()
      if (!frame.lost) takeIn(frame, reader)
    }
  }

  async function rest(): Promise<void> {
    // Nothing will join the open batch before its time is up: it may as well go now.
    const due = queue.dueAt()
    const purgeDelayMs = source.isolating ? 0 : options.purgeDelayMs
    if (due !== undefined && (source.isolating || due <= performance.now() + purgeDelayMs)) queue.flush()
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

  async function readAll(reader: FrameReader): Promise<void> {
    let reading: Promise<readonly TrackedFrame[]> | undefined
    while (!stopping.aborted) {
      const frames = await arrival(reading ?? source.next())
      reading = undefined
      if (frames?.length === 0 && !stopping.aborted) await rest()
      if (!frames || frames.length === 0) continue
      await takeInAll(frames, reader, () => {
        reading = source.next()
        // Its error is met at the next round; until then it must not count as unhandled.
        reading.catch(() => {})
      })
    }
    // What it brings must be in flight before the pipeline gives back what is in flight.
    await reading?.catch(() => {})
  }

  return {
    get idle() {
      return idle
    },
    async run() {
      const reader = decoder.join()
      try {
        await readAll(reader)
      } finally {
        reader.leave()
        heartbeat.park()
        queue.close()
      }
    },
  }
}
