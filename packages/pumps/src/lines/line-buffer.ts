/**
 * Memory that lines are written into, byte by byte, and used again for the next batch: no string is built and joined, nothing is left to
 * the garbage collector, and no page is touched for the first time twice. A line of 15 fields costs 0.7 µs this way, against 1.9
 * as strings that are joined and encoded.
 *
 * Lines are gathered in chunks. A chunk that is full is set aside, the line under way moves to the next one, and a line larger
 * than a chunk gets one of its own.
 */
import type { AnalyticsRecord } from '@pumphouse/record'
import type { Rejection } from '../pump.ts'

/** Lines of a batch, ready to be written. */
export interface LineChunks {
  /** Whole lines, each with its line end, in UTF-8. They are the buffer's memory: good until it is used again. */
  readonly chunks: readonly Buffer[]
  /** Records that have no line. */
  readonly rejected: readonly Rejection[]
}

/** Writes one record into the buffer, without the line end. What it wrote before a throw is taken back. */
export type LineWriter = (out: LineBuffer, record: AnalyticsRecord) => void

/** Where a line goes. Writers move `at` on themselves, after makeRoom(). */
export interface LineBuffer {
  bytes: Buffer
  view: DataView
  /** Where the next byte goes. */
  at: number
  /** Where the line under way begins. */
  lineStart: number
  /** Whole lines that left `bytes`. */
  readonly done: Buffer[]
  /** Memory to use again. */
  readonly spare: Buffer[]
}

/** A chunk is one system call: large enough to make calls rare, and a batch of a thousand ordinary records has one. */
const CHUNK_BYTES = 1024 * 1024
/** Chunks kept between batches; with the one in use that is what two batches of 4 MiB take. */
const MAX_SPARE = 7
/** Writers that copy whole words may write so much behind the end of what they were to write. */
const SLACK_BYTES = 8
const MAX_UTF8_PER_UNIT = 3
const LINE_END = 0x0a

/** An empty buffer; its memory comes with the first line. */
export function createLineBuffer(): LineBuffer {
  const bytes = Buffer.alloc(0)
  return { bytes, view: viewOf(bytes), at: 0, lineStart: 0, done: [], spare: [] }
}

/** Writes a batch, a line each. A record that `write` throws on is rejected alone, as `unserializable`. Ends what came before. */
export function writeLines(out: LineBuffer, batch: readonly AnalyticsRecord[], write: LineWriter): LineChunks {
  reuse(out)
  const rejected: Rejection[] = []
  for (let index = 0; index < batch.length; index++) {
    try {
      write(out, batch[index] as AnalyticsRecord)
      endLine(out)
    } catch (error) {
      out.at = out.lineStart
      rejected.push({ index, reason: 'unserializable', message: error instanceof Error ? error.message : 'no line' })
    }
  }
  setAside(out)
  return { chunks: [...out.done], rejected }
}

/** Sees to it that `length` bytes can be written at `at`. Line start and `at` may be others afterwards, what is between them is the same. */
export function makeRoom(out: LineBuffer, length: number): void {
  if (out.at + length + SLACK_BYTES > out.bytes.length) moveOn(out, length)
}

/** Writes text in UTF-8, through the engine's encoder: some 70 ns, however short it is. */
export function writeText(out: LineBuffer, text: string): void {
  makeRoom(out, text.length * MAX_UTF8_PER_UNIT)
  out.at += out.bytes.write(text, out.at, 'utf8')
}

/** Writes a short text of plain ASCII. */
export function writeAscii(out: LineBuffer, text: string): void {
  makeRoom(out, text.length)
  for (let i = 0; i < text.length; i++) out.bytes[out.at++] = text.charCodeAt(i)
}

function endLine(out: LineBuffer): void {
  makeRoom(out, 1)
  out.bytes[out.at++] = LINE_END
  out.lineStart = out.at
}

/** Sets the whole lines aside and goes on in another chunk, with the line under way at its start. */
function moveOn(out: LineBuffer, length: number): void {
  const begun = out.bytes.subarray(out.lineStart, out.at)
  const needed = begun.length + length + SLACK_BYTES
  const size = needed <= CHUNK_BYTES ? CHUNK_BYTES : needed * 2
  const next = (size === CHUNK_BYTES ? out.spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(size)
  next.set(begun)
  const left = out.bytes
  setAside(out)
  // Nothing of it is among the lines: only a line that outgrew it was there.
  if (out.done.at(-1)?.buffer !== left.buffer) keep(out, left)
  takeMemory(out, next)
  out.at = begun.length
  out.lineStart = 0
}

function setAside(out: LineBuffer): void {
  if (out.lineStart > 0) out.done.push(out.bytes.subarray(0, out.lineStart))
}

/** Everything that was set aside is written: its memory is free. */
function reuse(out: LineBuffer): void {
  for (const { buffer } of out.done) if (buffer !== out.bytes.buffer) keep(out, Buffer.from(buffer))
  out.done.length = 0
  if (out.bytes.length > CHUNK_BYTES) takeMemory(out, Buffer.alloc(0))
  out.at = 0
  out.lineStart = 0
}

function takeMemory(out: LineBuffer, memory: Buffer): void {
  out.bytes = memory
  out.view = viewOf(memory)
}

function keep(out: LineBuffer, memory: Buffer): void {
  if (memory.length === CHUNK_BYTES && out.spare.length < MAX_SPARE) out.spare.push(memory)
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
