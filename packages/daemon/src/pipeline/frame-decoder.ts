import { decodeFrame, type Frame } from '@pumphouse/record'
import { entryTime, isBefore } from './entry-id.ts'
import { createFrameCache } from './frame-cache.ts'
import { createTurns } from './turns.ts'

/**
 * The process' one decoder. Every pipeline has the same entries to read, each at its own pace. Whoever comes to an entry first decodes
 * it, and the frame is kept for those that are still behind it. Turns are given so that pipelines with the same work come together.
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

/** Makes a decoder. `cacheBytes`: payload bytes kept for slower pipelines, default 8 MiB. */
export function createFrameDecoder(options: { readonly cacheBytes?: number } = {}): FrameDecoder {
  const cache = createFrameCache(options.cacheBytes ?? CACHE_BYTES)
  const turns = createTurns()
  /** Of each reader, the last entry it came to in each partition. */
  const readers = new Set<Map<number, string>>()

  function readersBehind(partition: number, id: string): number {
    let behind = 0
    for (const positions of readers) {
      const at = positions.get(partition)
      if (at === undefined || isBefore(at, id)) behind += 1
    }
    return behind
  }

  return {
    join() {
      const positions = new Map<number, string>()
      let time = 0
      readers.add(positions)
      return {
        decode(partition, id, bytes) {
          // Alone, nobody else would come for the frame.
          if (readers.size === 1) return decodeFrame(bytes)
          const at = positions.get(partition)
          if (at === undefined || isBefore(at, id)) positions.set(partition, id)
          time = entryTime(id)
          const key = `${partition}:${id}`
          const kept = cache.get(key)
          if (kept) return kept
          const frame = decodeFrame(bytes)
          cache.put(key, frame, readersBehind(partition, id))
          return frame
        },
        turnDue: turns.due,
        turn: () => turns.next(time),
        leave: () => readers.delete(positions),
      }
    },
  }
}
