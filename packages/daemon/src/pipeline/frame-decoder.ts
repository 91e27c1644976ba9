import { decodeFrame, type Frame } from '@pumphouse/record'
import { entryTime, isBefore } from './entry-id.ts'
import { createFrameCache } from './frame-cache.ts'
import { createTurns } from './turns.ts'

/**
 * The process' one decoder. Every pipeline has the same entries to read, each at its own pace. Whoever comes to an entry first decodes
 * it, and the frame is kept for those that are close behind it. Turns are given so that pipelines with the same work come together.
 *
 * Close behind means: it will come before the cache has to let the frame go. For one that is further back, because its target fails or is slow, nothing
 * is kept: keeping would cost the others twice what decoding does, in memory that the collector has to carry about, and be of no use to anyone.
 */

/** Payload bytes; about 25 MiB of heap. Enough for the distance between pipelines that keep pace, small beside the 200 MiB the daemon may take. */
const CACHE_BYTES = 8 * 1024 * 1024

/** Shared by all pipelines of a daemon; they are on one set. */
export interface FrameDecoder {
  /** For one pipeline that is going to read the set. */
  join(): FrameReader
}

/** One pipeline's access to the decoder. */
export interface FrameReader {
  /**
   * The frame in `bytes`, which stand at entry `id` of `partition`; its records are frozen and shared with other pipelines. Throws
   * PumphouseError PH_FRAME_*.
   */
  decode(partition: number, id: string, bytes: Uint8Array): Frame
  /** True when the pipeline has used up its slice of the event loop: await turn() before going on. */
  turnDue(): boolean
  turn(): Promise<void>
  /** It reads no further. */
  leave(): void
}

/** Where a reader is in a partition. Its marks move on by half a cache: what is before `farBack` is between half a cache and a whole one behind. */
interface Position {
  /** The furthest entry it came to. */
  readonly at: string
  readonly farBack: string | undefined
  readonly halfBack: string
  /** Payload read since `halfBack`. */
  readonly bytes: number
}

/** Makes a decoder. `cacheBytes`: payload bytes kept for slower pipelines, default 8 MiB. */
export function createFrameDecoder(options: { readonly cacheBytes?: number } = {}): FrameDecoder {
  const cacheBytes = options.cacheBytes ?? CACHE_BYTES
  const cache = createFrameCache(cacheBytes)
  const turns = createTurns()
  /** Of each reader, where it is in each partition. */
  const readers = new Set<Map<number, Position>>()

  function readersCloseBehind(partition: number, { at, farBack }: Position): number {
    let count = 0
    for (const positions of readers) {
      const other = positions.get(partition)?.at
      const isBehind = other === undefined || isBefore(other, at)
      const isFar = farBack !== undefined && (other === undefined || isBefore(other, farBack))
      if (isBehind && !isFar) count += 1
    }
    return count
  }

  /** Going back to an entry that was read before is no way forward. */
  function moved(from: Position | undefined, id: string, bytes: number): Position {
    if (from === undefined) return { at: id, farBack: undefined, halfBack: id, bytes }
    if (!isBefore(from.at, id)) return from
    if (from.bytes + bytes < cacheBytes / 2) return { ...from, at: id, bytes: from.bytes + bytes }
    return { at: id, farBack: from.halfBack, halfBack: id, bytes: 0 }
  }

  return {
    join() {
      const positions = new Map<number, Position>()
      let time = 0
      readers.add(positions)
      return {
        decode(partition, id, bytes) {
          // Alone, nobody else would come for the frame.
          if (readers.size === 1) return decodeFrame(bytes)
          time = entryTime(id)
          const key = `${partition}:${id}`
          const kept = cache.get(key)
          const frame = kept ?? decodeFrame(bytes)
          const former = positions.get(partition)
          const position = moved(former, id, frame.payloadBytes)
          positions.set(partition, position)
          if (kept) return frame
          const close = readersCloseBehind(partition, { ...position, at: id })
          cache.put(key, frame, close)
          // What was kept for one that has stayed behind since would only lie there.
          if (close === 0 && position.farBack !== former?.farBack) cache.clear()
          return frame
        },
        turnDue: turns.due,
        turn: () => turns.next(time),
        leave: () => readers.delete(positions),
      }
    },
  }
}
