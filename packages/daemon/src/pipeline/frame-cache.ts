import type { Frame } from '@pumphouse/record'

/** Decoded frames that another reader is about to ask for. */
export interface FrameCache {
  get(key: string): Frame | undefined
  /** Keeps a frame for `readers` further calls of get; the oldest go first when the bound is reached. 0 readers: not kept. */
  put(key: string, frame: Frame, readers: number): void
  /** Forgets all: nobody will come for it in time. */
  clear(): void
  /** Bytes charged now. */
  readonly bytes: number
}

interface Entry {
  readonly frame: Frame
  readers: number
}

/**
 * A cache bounded in bytes of row payload (a decoded record takes about three times its payload as an object). An entry leaves when
 * everyone it was kept for has had it, so with pipelines at the same pace it stays nearly empty; the bound is for those that fall behind.
 */
export function createFrameCache(maxBytes: number): FrameCache {
  const entries = new Map<string, Entry>()
  let bytes = 0

  function remove(key: string, entry: Entry): void {
    entries.delete(key)
    bytes -= entry.frame.payloadBytes
  }

  return {
    get bytes() {
      return bytes
    },
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entry.readers -= 1
      if (entry.readers <= 0) remove(key, entry)
      return entry.frame
    },
    put(key, frame, readers) {
      if (readers <= 0 || frame.payloadBytes > maxBytes) return
      const former = entries.get(key)
      if (former) remove(key, former)
      entries.set(key, { frame, readers })
      bytes += frame.payloadBytes
      for (const [oldest, entry] of entries) {
        if (bytes <= maxBytes) break
        remove(oldest, entry)
      }
    },
    clear() {
      entries.clear()
      bytes = 0
    },
  }
}
