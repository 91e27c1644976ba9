/**
 * Where a pipeline's frames come from.
 *
 *   reading ── a frame taken over was handed out often and never settled ──▶ isolating ── none such is left ──▶ reading
 *
 * A frame that ends the process takes those beside it along, and all of them are handed out once more. So when frames come back again and
 * again, they are given back and taken up one by one, each only when nothing else is in flight: the harmless ones are settled that way,
 * and only the one that does it reaches the number of deliveries at which it is quarantined unread.
 */
import type { Group, LeasedFrame } from '@pumphouse/queue'
import type { FaultPoints } from './fault-points.ts'
import type { InFlight } from './in-flight.ts'
import { type TrackedFrame, trackFrame } from './tracked-frame.ts'

/** A read as large as this costs Redis and the network little beside the decoding of what it brings (some 10 frames of 500 records). */
const READ_LIMITS = { maxFrames: 256, maxBytes: 256 * 1024 }
/** Whatever another consumer left behind is work for several: take a part, come back. */
const TAKE_OVER_LIMITS = { maxFrames: 64, maxBytes: 1024 * 1024 }

/** Where a pipeline's frames come from: its groups, one a partition. */
export interface FrameSource {
  /**
   * The next frames of some partition, registered as in flight; none when no partition has any. What other consumers left behind comes
   * first. Throws on a Redis error. One call at a time.
   */
  next(): Promise<readonly TrackedFrame[]>
  /** Frames are taken up one by one: none came because one is in flight, not because there are none. */
  readonly isolating: boolean
}

/** How the source looks for what other consumers left behind. */
export interface FrameSourceOptions {
  readonly takeOverEveryMs: number
  /** Deliveries after which a frame is quarantined, 0 = none; after half of them it is worked on alone. */
  readonly maxDeliveries: number
  readonly faults?: FaultPoints | undefined
}

/**
 * Reads the partitions in turn; looks for what was given back or whose lease ran out at the first call and then every `takeOverEveryMs`; and after an
 * error at once for what a lost reply may have left with this consumer.
 */
export function createFrameSource(
  groups: readonly Group[],
  inFlight: InFlight,
  { takeOverEveryMs, maxDeliveries, faults }: FrameSourceOptions,
): FrameSource {
  const takeOverAt = groups.map(() => 0)
  /** Whether a call failed since the last take-over: Redis may have leased what never came. */
  const replyLost = groups.map(() => false)
  const suspectAfter = Math.max(1, Math.floor(maxDeliveries / 2))
  let current = 0
  /** The partition whose suspects are worked on alone. */
  let isolated: number | undefined

  const isSuspect = ({ deliveries }: LeasedFrame): boolean => deliveries > suspectAfter && deliveries <= maxDeliveries

  function received(partition: number, frames: readonly LeasedFrame[]): TrackedFrame[] {
    if (frames.length > 0) faults?.reach('after-read')
    return frames.map(frame => trackFrame(partition, frame)).filter(frame => inFlight.add(frame))
  }

  async function takeOver(group: Group, partition: number): Promise<TrackedFrame[]> {
    const takingOver = group.takeOver({
      ...TAKE_OVER_LIMITS,
      working: inFlight.ids(partition),
      replyLost: replyLost[partition] === true,
    })
    faults?.enter('during-takeover')
    const frames = await takingOver
    // There may be more: go on with the next call.
    if (frames.length < TAKE_OVER_LIMITS.maxFrames) {
      takeOverAt[partition] = performance.now() + takeOverEveryMs
      replyLost[partition] = false
    }
    const suspects = frames.filter(isSuspect)
    if (suspects.length === 0) return received(partition, frames)
    await group.release(suspects.map(({ id }) => id))
    isolated = partition
    const others = frames.filter(frame => !suspects.includes(frame))
    return received(partition, others)
  }

  async function takeAlone(partition: number): Promise<TrackedFrame[]> {
    if (inFlight.frames > 0) return []
    const group = groups[partition] as Group
    const frames = await group.takeOver({ maxFrames: 1, replyLost: replyLost[partition] === true })
    if (frames.length === 0) replyLost[partition] = false
    if (!frames.some(isSuspect)) isolated = undefined
    return received(partition, frames)
  }

  async function read(group: Group, partition: number): Promise<TrackedFrame[]> {
    return received(partition, await group.read(READ_LIMITS))
  }

  async function lookInto(partition: number): Promise<TrackedFrame[]> {
    const group = groups[partition] as Group
    const left = performance.now() >= (takeOverAt[partition] as number) ? await takeOver(group, partition) : []
    return left.length > 0 ? left : await read(group, partition)
  }

  /** A call that fails may have leased what never comes. */
  async function asking(
    partition: number,
    ask: (partition: number) => Promise<TrackedFrame[]>,
  ): Promise<TrackedFrame[]> {
    try {
      return await ask(partition)
    } catch (error) {
      replyLost[partition] = true
      takeOverAt[partition] = 0
      throw error
    }
  }

  return {
    get isolating() {
      return isolated !== undefined
    },
    async next() {
      if (isolated !== undefined) {
        const alone = await asking(isolated, takeAlone)
        if (isolated !== undefined || alone.length > 0) return alone
      }
      for (let looked = 0; looked < groups.length; looked++) {
        const partition = current
        current = (current + 1) % groups.length
        const frames = await asking(partition, lookInto)
        if (frames.length > 0) return frames
      }
      return []
    },
  }
}
