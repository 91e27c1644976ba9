/**
 * Redacts a batch, which is bytes: walks the rows, steps over the values that need no look and the texts that hold nothing, without reading them, and reads the others. What is
 * redacted is written anew, everything between is copied; a batch in which nothing was found is passed on as it is.
 */
import { MAX_PAYLOAD_BYTES, objectsOfRow } from '../codec/frame.ts'
import { encodable, encodeInPlace, openTally } from '../codec/msgpack-encoder.ts'
import { openMsgpack, readArrayHeader, readCount, readValue, skipScalar, skipText } from '../codec/msgpack-reader.ts'
import type { RowBatch } from '../codec/rows.ts'
import type { Place } from './redact-path.ts'
import { isSuspiciousIn } from './suspicion.ts'
import { isIdIn } from './trace-ids.ts'

/** What is to be done with a column. */
export interface Column {
  readonly place: Place
  /** Only a list or a map is looked into. */
  readonly quiet: boolean
  /** An id is passed by unread. */
  readonly id: boolean
  /** Of a text, only what is found without a rule is looked for. */
  readonly searched: boolean
  /** It goes, with its name. */
  readonly removed: boolean
}

/** Bytes of a batch that are to be replaced. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

const NOTHING = new Uint8Array()

/** The batch with what `redact` makes of each value that needs a look. Throws PH_FRAME_MALFORMED for rows that are none. */
export function redactRows(
  batch: RowBatch,
  columnOf: (name: string) => Column,
  redact: (value: unknown, place: Place) => unknown,
  onRemoved: (count: number) => void,
): RowBatch {
  const shapes = batch.shapes.map(names => {
    const columns = names.map(columnOf)
    return { columns, removed: columns.filter(({ removed }) => removed).length }
  })
  // What the builder let in needs no bound here.
  const source = openMsgpack(batch.rows, Number.MAX_SAFE_INTEGER)
  const edits: Edit[] = []
  let objects = batch.objects

  function redactValue({ place, quiet, id, searched, removed }: Column): void {
    const start = source.position
    const { objectsLeft } = source
    if (quiet && skipScalar(source)) return
    if (id && skipText(source, isIdIn)) return
    if (searched && skipText(source, isInnocent)) return
    const value = readValue(source)
    const redacted = removed ? undefined : redact(value, place)
    if (redacted === value) return
    objects += source.objectsLeft - objectsLeft
    edits.push({ start, end: source.position, bytes: removed ? NOTHING : encoded(redacted) })
  }

  function encoded(value: unknown): Uint8Array {
    const tally = openTally(MAX_PAYLOAD_BYTES)
    const bytes = encodeInPlace(encodable(value, tally), MAX_PAYLOAD_BYTES).slice()
    objects += tally.objects
    return bytes
  }

  for (let row = 0; row < batch.count; row++) {
    const start = source.position
    const length = readArrayHeader(source)
    const end = source.position
    const shape = shapes[readCount(source, 'shape')]
    if (shape === undefined || shape.columns.length !== length - 1) throw new RangeError(`row ${row} has no such shape`)
    if (shape.removed > 0) {
      edits.push({ start, end, bytes: arrayHeader(length - shape.removed) })
      objects += objectsOfRow(length - 1 - shape.removed) - objectsOfRow(length - 1)
      onRemoved(shape.removed)
    }
    for (const column of shape.columns) redactValue(column)
  }
  if (edits.length === 0) return batch
  return {
    bytes: batch.bytes,
    count: batch.count,
    objects,
    rows: edited(batch.rows, edits),
    shapes: batch.shapes.map((names, shape) => names.filter((_, at) => !shapes[shape]!.columns[at]!.removed)),
  }
}

function isInnocent(bytes: Uint8Array, start: number, end: number): boolean {
  return !isSuspiciousIn(bytes, start, end)
}

function arrayHeader(length: number): Uint8Array {
  return Uint8Array.of(0xdc, length >> 8, length & 0xff)
}

function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const growth = edits.reduce((sum, edit) => sum + edit.bytes.length - (edit.end - edit.start), 0)
  const result = new Uint8Array(bytes.length + growth)
  let from = 0
  let to = 0
  for (const edit of edits) {
    const kept = bytes.subarray(from, edit.start)
    result.set(kept, to)
    result.set(edit.bytes, to + kept.length)
    to += kept.length + edit.bytes.length
    from = edit.end
  }
  result.set(bytes.subarray(from), to)
  return result
}
