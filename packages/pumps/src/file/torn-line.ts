/**
 * What a crash leaves at the end of a file of lines: a part of a line, or the zeros of blocks that were never filled. It was never acked, so it
 * is cut off. Text that is nobody's torn line is kept, and ended, so that nothing is ever glued to it.
 */
import type { FileHandle } from 'node:fs/promises'

/** How the lines of a file look, as far as the file must know. */
export interface LineShape {
  /** What every line ends in, and nothing else holds. */
  readonly lineEnd: string
  /** The first line of a file, with its end; undefined = there is none. */
  readonly header?: Buffer | undefined
  /** Whether the text behind the last line end is a part of a line of ours, and not somebody else's or a whole one. */
  isTorn(tail: Buffer): boolean
}

const BLOCK_BYTES = 64 * 1024
/** No record has a longer line: its frame could not hold it. What goes on so long without a line end is none of ours. */
const MAX_LINE_BYTES = 128 * 1024 * 1024

/** Leaves only whole lines in the file. Resolves with the number of bytes it cut off. */
export async function cutTornLine(handle: FileHandle, shape: LineShape): Promise<number> {
  const { size } = await handle.stat()
  const end = await endOfLastLine(handle, size, shape.lineEnd)
  if (end === size) return 0
  if (size - end <= MAX_LINE_BYTES && shape.isTorn(await readAt(handle, end, size - end))) {
    await handle.truncate(end)
    return size - end
  }
  await handle.write(shape.lineEnd)
  return 0
}

/** Where the last whole line ends; 0 when there is none. Looks back from the end, and no further than a line can be long. */
async function endOfLastLine(handle: FileHandle, size: number, lineEnd: string): Promise<number> {
  for (let to = size; to > 0 && size - to < MAX_LINE_BYTES; ) {
    const from = Math.max(0, to - BLOCK_BYTES)
    const block = await readAt(handle, from, to - from)
    const found = block.lastIndexOf(lineEnd)
    if (found !== -1) return from + found + lineEnd.length
    if (from === 0) return 0
    // A line end may lie across two blocks.
    to = from + lineEnd.length - 1
  }
  return 0
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return bytes.subarray(0, read)
}
