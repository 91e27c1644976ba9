import type { Group, LeasedFrame } from '@pumphouse/queue'
import type { FaultPoints } from './fault-points.ts'
import type { InFlight } from './in-flight.ts'
import { type TrackedFrame, trackFrame } from './tracked-frame.ts'

/** A read as large as this costs Redis and the network little beside the decoding of what it brings (some 25 frames of 500 records). */
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
}

/** Reads the partitions in turn; looks for what was given back or whose lease ran out at the first call and then every `takeOverEveryMs`. */
export function createFrameSource(
  groups: readonly Group[],
  inFlight: InFlight,
  takeOverEveryMs: number,
  faults?: FaultPoints,
): FrameSource {
  const takeOverAt = groups.map(() => 0)
  let current = 0

  function received(partition: number, frames: readonly LeasedFrame[]): TrackedFrame[] {
    if (frames.length > 0) faults?.reach('after-read')
    return frames.map(frame => trackFrame(partition, frame)).filter(frame => inFlight.add(frame))
  }

  async function takeOver(group: Group, partition: number): Promise<TrackedFrame[]> {
    const takingOver = group.takeOver({ ...TAKE_OVER_LIMITS, working: inFlight.ids(partition) })
    faults?.enter('during-takeover')
    const frames = await takingOver
    // There may be more: go on with the next call.
    if (frames.length < TAKE_OVER_LIMITS.maxFrames) takeOverAt[partition] = performance.now() + takeOverEveryMs
    return received(partition, frames)
  }

  async function read(group: Group, partition: number): Promise<TrackedFrame[]> {
    return received(partition, await group.read(READ_LIMITS))
  }

  return {
    async next() {
      for (let looked = 0; looked < groups.length; looked++) {
        const partition = current
        const group = groups[partition] as Group
        current = (current + 1) % groups.length
        if (performance.now() >= (takeOverAt[partition] as number)) {
          const left = await takeOver(group, partition)
          if (left.length > 0) return left
        }
        const frames = await read(group, partition)
        if (frames.length > 0) return frames
      }
      return []
    },
  }
}
