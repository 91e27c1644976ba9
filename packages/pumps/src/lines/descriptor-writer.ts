import { write } from 'node:fs'
import { promisify } from 'node:util'

const LINE_END = 0x0a
const writeSome = promisify(write)

/**
 * Writes chunks of lines to a file that is open already and somebody else's: all of a chunk, or a throw. The stream that Node makes of a file at standard
 * output takes a write of which a full disk took only a part for a whole one. A line that such a write has cut cannot be taken back; it is
 * ended before the next chunk.
 */
export function createDescriptorWriter(descriptor: number): (chunk: Buffer) => Promise<void> {
  let cut = false

  const writeAll = async (chunk: Buffer): Promise<void> => {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await writeSome(descriptor, chunk, at, chunk.length - at, null)
      at += bytesWritten
      if (at > 0) cut = chunk[at - 1] !== LINE_END
    }
  }
  return async chunk => {
    if (cut) await writeAll(Buffer.of(LINE_END))
    await writeAll(chunk)
  }
}
