/**
 * The row builder: what record() does with a record on the thread of the application's requests. One walk over the fields, a comparison of
 * pointers to find the shape (shape-tree.ts), values taken as they are when they are primitive and copied within bounds when
 * they are not (snapshot.ts), then written as msgpack (row-writer.ts): what leaves this thread is bytes.
 */

import { createCardinality, OTHER_FIELDS } from '../cardinality.ts'
import { WELL_KNOWN_FIELDS } from '../record-fields.ts'
import type { Alteration } from './alteration.ts'
import { OBJECT_BYTES, objectsOfRow } from './frame.ts'
import { type RowLimits, rowLimits } from './row-limits.ts'
import { createRowWriter } from './row-writer.ts'
import { createShapeTree, MAX_NAME_LENGTH, namesOf, type ShapeNode } from './shape-tree.ts'
import { type Budget, createSnapshot, VALUE_BYTES } from './snapshot.ts'

/** What no record is without, and what it stands for. */
const ALWAYS_IN_PLACE: ReadonlySet<string> = new Set(['timestamp', 'weight'])

/** Records as positional rows: structured-clone safe, ready to be posted to another thread or put into a frame. */
export interface RowBatch {
  /** Column names of each shape seen in this batch. */
  readonly shapes: readonly (readonly string[])[]
  /** Records in it. */
  readonly count: number
  /** In msgpack, in the order of add(), an array each: [index into shapes, value of each column …]. Their buffer may be shared memory, and twice as large. */
  readonly rows: Uint8Array
  /** What a reader of the rows will count against its limit (`maxObjects`). */
  readonly objects: number
  /** Estimated bytes of the values, at the most that they could take; `rows` takes no more than three times that, most often half. */
  readonly bytes: number
}

/** Collects records as rows. */
export interface RowBuilder {
  /** Records in the current batch. */
  readonly count: number
  /** Estimated bytes of the current batch. Close it well before MAX_BATCH_BYTES less one record. */
  readonly bytes: number
  /** Cumulative over the life of the builder: fields replaced or cut, by reason. */
  readonly altered: Readonly<Record<string, number>>
  /**
   * Appends a record as it is now (later changes to it or to what it holds are not seen). Never throws. Returns the estimated bytes it added.
   *
   * The fields are the record's own enumerable keys, in their order. `id` and `__proto__` are cut: ids come from the frame. A record that
   * is no plain object becomes one by the rules of snapshot.ts (a class instance: its own keys; a Map: its entries); what does not
   * (null, a primitive, an array) is kept under the key `value`. All that is replaced or cut is counted in `altered`.
   *
   * `weight` (how many records this one stands for) becomes the field of that name, times what the record has there, if that is a number above 0.
   */
  add(record: object, weight?: number): number
  /** Hands over what was added and starts an empty batch. */
  take(): RowBatch
  /** Takes the memory of a batch back for those to come. Nobody may read its rows any more, on any thread. Never throws. Needless for a builder that few batches are taken from. */
  reuse(batch: RowBatch): void
}

/** A builder with an empty batch. Limits left out have their defaults; limits beyond what a frame holds are lowered to it. */
export function createRowBuilder(limits: Partial<RowLimits> = {}): RowBuilder {
  const bounds = rowLimits(limits)
  const altered: Record<string, number> = {}
  const budget: Budget = { bytes: 0, values: 0 }
  const count = (reason: Alteration): void => {
    altered[reason] = (altered[reason] ?? 0) + 1
  }
  const snapshot = createSnapshot(bounds, budget, count)
  const tree = createShapeTree()
  const cardinality = createCardinality(bounds, count)
  const writer = createRowWriter()
  let rowBytes = 0

  /** Of the record being added: its values, so many of them, and its shape so far. */
  const values: unknown[] = []
  let fields = 0
  let node = tree.root()

  /** Only for objects that inherit no enumerable keys: asking each key whether it is the record's own costs a third of all this. */
  function addFields(record: Readonly<Record<string, unknown>>): void {
    for (const key in record) {
      let value: unknown
      try {
        value = record[key]
      } catch {
        count('threw')
        continue
      }
      if (value === undefined) continue
      if (fields >= bounds.maxFields) {
        count('too_many_fields')
        break
      }
      const next = step(key)
      const kept = next === undefined || isCheap(value) ? value : snapshot.copy(value)
      if (next !== undefined && kept !== undefined) put(next, kept)
    }
  }

  function put(next: ShapeNode, value: unknown): void {
    values[fields++] = next.bounded ? cardinality.bound(next.name, value) : value
    node = next
  }

  function step(key: string): ShapeNode | undefined {
    const next = tree.step(node, key)
    if (next === undefined) count(key.length > MAX_NAME_LENGTH ? 'key_too_long' : 'reserved_key')
    return next
  }

  /** Most values: short strings, finite numbers, booleans. Takes them off the budget if they fit. */
  function isCheap(value: unknown): boolean {
    let bytes = VALUE_BYTES
    if (typeof value === 'string') {
      if (value.length > bounds.maxFieldLength) return false
      bytes += value.length
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) return false
    } else if (typeof value !== 'boolean') return false
    if (bytes > budget.bytes) return false
    budget.bytes -= bytes
    return true
  }

  /** Fields that are plain data and off the budget already. */
  function adoptFields(record: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(record)) {
      if (fields >= bounds.maxFields) {
        count('too_many_fields')
        break
      }
      const next = step(key)
      if (next !== undefined) put(next, record[key])
    }
  }

  function addOther(record: unknown): void {
    const copied = snapshot.copy(record)
    if (isPlain(copied)) {
      adoptFields(copied)
      return
    }
    count('not_a_record')
    if (copied !== undefined && copied !== null) adoptFields({ value: copied })
  }

  function addWeight(weight: number): void {
    let index = fields - 1
    for (let at = node; at.parent !== undefined; at = at.parent, index--) {
      if (at.name !== 'weight') continue
      const own = values[index]
      values[index] = typeof own === 'number' && own > 0 ? own * weight : weight
      return
    }
    const next = step('weight')
    if (next === undefined) return
    budget.bytes -= VALUE_BYTES
    put(next, weight)
  }

  /** The record with its well-known fields, and the others in one; with all but its time and weight in one where these are too many sets as well. */
  function gather(): void {
    count('too_many_shapes')
    gatherAllBut(WELL_KNOWN_FIELDS)
    if (!cardinality.admitsGathered(node)) gatherAllBut(ALWAYS_IN_PLACE)
  }

  function gatherAllBut(inPlace: ReadonlySet<string>): void {
    const names = namesOf(node)
    const given = values.slice(0, fields)
    const others: Record<string, unknown> = {}
    fields = 0
    node = tree.root()
    for (const [index, name] of names.entries()) {
      const next = inPlace.has(name) ? step(name) : undefined
      if (next !== undefined) {
        values[fields++] = given[index]
        node = next
      } else if (name === OTHER_FIELDS && isPlain(given[index])) {
        Object.assign(others, given[index])
      } else {
        budget.bytes -= OBJECT_BYTES + name.length
        others[name] = given[index]
      }
    }
    const last = step(OTHER_FIELDS)
    if (last !== undefined) put(last, others)
  }

  /** What could be read of the record is in `values` now; the engine may have no memory for it. */
  function write(): void {
    try {
      writer.write(tree.shapeOf(node), values, fields)
    } catch {
      count('threw')
      fields = 0
      writer.write(tree.shapeOf(tree.root()), values, 0)
    }
    builder.count++
  }

  // Plain fields, no getters: see shape-tree.ts.
  const builder = {
    count: 0,
    bytes: 0,
    altered,
    add(record: object, weight?: number) {
      const before = builder.bytes
      budget.bytes = bounds.maxRecordBytes - OBJECT_BYTES
      budget.values = bounds.maxValues
      fields = 0
      node = tree.root()
      try {
        if (isPlain(record) && !isPrototypePolluted()) addFields(record)
        else addOther(record)
      } catch {
        count('threw')
      }
      if (weight !== undefined) addWeight(weight)
      if (!node.admitted && !cardinality.admits(node)) gather()
      write()
      // The budget has the row itself; what a wide one takes besides is not the record's fault and not in its bounds.
      rowBytes += bounds.maxRecordBytes - budget.bytes + (objectsOfRow(fields) - 1) * OBJECT_BYTES
      builder.bytes = rowBytes + tree.bytes
      return builder.bytes - before
    },
    take() {
      const { rows, objects } = writer.take()
      const batch = { bytes: builder.bytes, count: builder.count, rows, objects, shapes: tree.take() }
      builder.count = 0
      builder.bytes = 0
      rowBytes = 0
      return batch
    },
    reuse: (batch: RowBatch) => writer.reuse(batch.rows),
  }
  return builder
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether some code made every object inherit an enumerable key. */
function isPrototypePolluted(): boolean {
  for (const _ in Object.prototype) return true
  return false
}
