import { decodeFrame, type Frame } from '@pumphouse/record'
import { createFrameCache } from './frame-cache.ts'
import { createTurns, type Turns } from './turns.ts'

/** Payload bytes; about 25 MiB of heap. Enough for the distance between pipelines that keep pace, small beside the 200 MiB the daemon may take. */
const CACHE_BYTES = 8 * 1024 * 1024

/** The process' one decoder: every pipeline of a daemon shares it. */
export interface FrameDecoder {
  /** Divides the event loop among the pipelines. */
  readonly turns: Turns
  /** Says that one more pipeline will ask for every entry; call the returned function when it no longer will. */
  join(): () => void
  /**
   * The frame in `bytes`, which stand at entry `id` of `partition`. Decoded once for all pipelines that ask at about the same time; its
   * records are frozen. Throws PumphouseError PH_FRAME_*.
   */
  decode(partition: number, id: string, bytes: Uint8Array): Frame
}

/** Makes the decoder that the pipelines of one process, all on one set, share. `cacheBytes`: payload bytes kept for slower pipelines, default 8 MiB. */
export function createFrameDecoder(options: { readonly cacheBytes?: number } = {}): FrameDecoder {
  const cache = createFrameCache(options.cacheBytes ?? CACHE_BYTES)
  let pipelines = 0

  return {
    turns: createTurns(),
    join() {
      let joined = true
      pipelines += 1
      return () => {
        if (joined) pipelines -= 1
        joined = false
      }
    },
    decode(partition, id, bytes) {
      // Alone, nobody else would come for the frame: keeping it would only make garbage live longer.
      if (pipelines < 2) return decodeFrame(bytes)
      const key = `${partition}:${id}`
      const kept = cache.get(key)
      if (kept) return kept
      const frame = decodeFrame(bytes)
      cache.put(key, frame, pipelines - 1)
      return frame
    },
  }
}
