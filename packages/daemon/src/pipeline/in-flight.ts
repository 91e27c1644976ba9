import type { TrackedFrame } from './tracked-frame.ts'

/** Every frame this pipeline holds: read or taken over, and not settled, lost or released yet. */
export interface InFlight {
  /** Records in those frames. */
  readonly records: number
  readonly frames: number
  /** False when the frame is held already (its lease ran out and this very consumer took it over): it must not be worked on twice. */
  add(frame: TrackedFrame): boolean
  remove(frame: TrackedFrame): void
  /** What of it is of one partition. */
  held(partition: number): { readonly frames: number; readonly records: number }
  /** The ids held in a partition, oldest first. */
  ids(partition: number): string[]
  /** Another consumer has these: they are marked lost and no longer held. Returns how many there were. */
  lose(partition: number, ids: readonly string[]): number
}

/** Makes the register for a pipeline over `partitions` partitions. */
export function createInFlight(partitions: number): InFlight {
  const held = Array.from({ length: partitions }, () => new Map<string, TrackedFrame>())
  let records = 0
  let frames = 0

  const of = (partition: number): Map<string, TrackedFrame> => held[partition] as Map<string, TrackedFrame>

  function remove(frame: TrackedFrame): void {
    if (of(frame.partition).get(frame.id) !== frame) return
    of(frame.partition).delete(frame.id)
    records -= frame.count
    frames -= 1
  }

  return {
    get records() {
      return records
    },
    get frames() {
      return frames
    },
    add(frame) {
      if (of(frame.partition).has(frame.id)) return false
      of(frame.partition).set(frame.id, frame)
      records += frame.count
      frames += 1
      return true
    },
    remove,
    held(partition) {
      const frames = [...of(partition).values()]
      return { frames: frames.length, records: frames.reduce((sum, { count }) => sum + count, 0) }
    },
    ids: partition => [...of(partition).keys()],
    lose(partition, ids) {
      let lost = 0
      for (const id of ids) {
        const frame = of(partition).get(id)
        if (!frame) continue
        frame.lost = true
        remove(frame)
        lost += 1
      }
      return lost
    },
  }
}
