import { bytesFrom, countFrom, idFrom, listFrom, type Reply } from './reply.ts'

/** A frame as it was read, leased to this consumer until it is settled, released or its lease runs out. */
export interface LeasedFrame {
  /** The stream's entry id. Unique within a partition. */
  readonly id: string
  /** The frame's bytes; undefined when the entry has none (something else wrote it). */
  readonly bytes: Uint8Array | undefined
  /** Records in it, as the law counts them (0 when the entry does not say). */
  readonly count: number
  /** How many times it has been handed out, this time included; a delivery that ended with a release does not count. */
  readonly deliveries: number
}

/** Frames from the flat reply of read (id, bytes, records) or, with deliveries, of take-over (… deliveries). */
export function leasedFrames(reply: Reply, withDeliveries: boolean): LeasedFrame[] {
  const flat = listFrom(reply)
  const step = withDeliveries ? 4 : 3
  const frames: LeasedFrame[] = []
  for (let i = 0; i < flat.length; i += step) {
    frames.push({
      id: idFrom(flat[i]),
      bytes: bytesFrom(flat[i + 1]),
      count: countFrom(flat[i + 2]),
      deliveries: withDeliveries ? countFrom(flat[i + 3]) : 1,
    })
  }
  return frames
}
