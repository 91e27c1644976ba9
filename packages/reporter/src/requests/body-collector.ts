import { TextDecoder } from 'node:util'
import type { OnChunk } from './body-taps.ts'

/** Counts a body as it goes by, and keeps its beginning. */
export interface BodyCollector {
  readonly onChunk: OnChunk
  /** Bytes that went by. Not a getter, as nothing that is made for each request has: what it needs to know would live in the old space of the heap. */
  bytes(): number
  /** Whether more went by than was kept, or than the first so many bytes of that. */
  truncated(maxBytes?: number): boolean
  /** What was kept, or the first so many bytes of that, as text; a character that was cut through is left out. Unknown charsets are read as UTF-8. */
  text(charset?: string, maxBytes?: number): string
}

/**
 * Keeps the first `maxBytes`, as copies: an application may use its buffers again, and a part of one would keep all of it in memory. `wants` is asked at
 * the first chunk; when it says no, nothing is kept. Never throws.
 */
export function createBodyCollector(maxBytes: number, wants: () => boolean): BodyCollector {
  const kept: Uint8Array[] = []
  let keptBytes = 0
  let bytes = 0
  let wanted: boolean | undefined

  return {
    onChunk(chunk, encoding) {
      const length = typeof chunk === 'string' ? byteLength(chunk, encoding) : chunk.length
      bytes += length
      wanted ??= wants()
      const room = maxBytes - keptBytes
      if (!wanted || room <= 0 || length === 0) return
      const copy = beginning(chunk, encoding, room)
      kept.push(copy)
      keptBytes += copy.length
    },
    bytes: () => bytes,
    truncated: (most = keptBytes) => bytes > Math.min(keptBytes, most),
    text: (charset, most = keptBytes) =>
      decoderOf(charset).decode(Buffer.concat(kept).subarray(0, most), { stream: true }),
  }
}

function byteLength(text: string, encoding: BufferEncoding | undefined): number {
  return Buffer.byteLength(text, known(encoding))
}

/** A copy of the first bytes; of a long text no more is looked at than they can be made of. */
function beginning(chunk: string | Uint8Array, encoding: BufferEncoding | undefined, maxBytes: number): Uint8Array {
  if (typeof chunk !== 'string') return Buffer.from(chunk.subarray(0, maxBytes))
  // Two digits of hex make a byte: no encoding takes more letters.
  return Buffer.from(chunk.slice(0, maxBytes * 2), known(encoding)).subarray(0, maxBytes)
}

/** An encoding that does not exist is the application's mistake, and Node's to complain of. */
function known(encoding: BufferEncoding | undefined): BufferEncoding {
  return encoding !== undefined && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}

function decoderOf(charset = 'utf-8'): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
