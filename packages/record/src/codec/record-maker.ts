/**
 * Turns rows into frozen plain records. The fields are added one by one, by names that came with the frame: names are only ever used as keys,
 * never as code. Adding by name is where V8 can become slow. Of fields that do not fit inside the object it keeps only so many outside
 * it when they come by computed key: max(12, slots inside the object). Past that the object becomes a dictionary, several times as slow to
 * make, slow to read, and large. A literal `{ id }` gets there with its 17th field.
 *
 * So wide records start from an object with more slots inside. V8 gives the instances of a constructor as many as it counts assignments to `this` in
 * its source, and trims what the first few instances leave unused; hence the assignments that only those first ones run. With 24 slots
 * records of up to 51 fields stay fast. Other engines, or V8 of another mind, make the same records at another speed.
 *
 * µs to add 15, 17, 22, 60 fields: 0.28, 1.05, 1.46, 6.2 from a literal; 0.25, 0.28, 0.37, 5.3 with the slots.
 */

import type { AnalyticsRecord } from '../record.ts'
import type { MsgpackSource } from './msgpack-reader.ts'
import { RESERVED_NAMES } from './shape-tree.ts'

/** Reads the values of one row off the source and makes its record. */
export type RecordMaker = (source: MsgpackSource, id: string) => AnalyticsRecord

/** Reads the next value of a row. */
export type ReadValue = (source: MsgpackSource) => unknown

type OpenRecord = Record<string, unknown>
type Roomy = new (firstOnes: boolean) => OpenRecord

/** Up to here a literal is as fast. The slots cost their memory also when they are empty, so a narrow record must not have them. */
const MAX_LITERAL_COLUMNS = 14

/** V8 trims unused slots after seven instances. */
const FIRST_ONES = 8

let roomy: Roomy | undefined

/** A maker of rows with these columns. Of columns with one name the last wins; reserved names are read and let go. */
export function recordMaker(columns: readonly string[], read: ReadValue): RecordMaker {
  const names = columns.map(name => (RESERVED_NAMES.has(name) ? undefined : name))
  if (columns.length <= MAX_LITERAL_COLUMNS) return (source, id) => fill({ id }, names, read, source)
  roomy ??= createRoomy()
  const Start = roomy
  return (source, id) => {
    const record = new Start(false)
    record['id'] = id
    return fill(record, names, read, source)
  }
}

function fill(
  record: OpenRecord,
  names: readonly (string | undefined)[],
  read: ReadValue,
  source: MsgpackSource,
): AnalyticsRecord {
  for (const name of names) {
    const value = read(source)
    if (name !== undefined) record[name] = value
  }
  return Object.freeze(record)
}

/** A constructor of plain objects, empty, with slots for 24 fields. A class could not do it: the prototype of a class is fixed. */
function createRoomy(): Roomy {
  function Start(this: OpenRecord, firstOnes: boolean): void {
    if (!firstOnes) return
    this['slot1'] = 0
    this['slot2'] = 0
    this['slot3'] = 0
    this['slot4'] = 0
    this['slot5'] = 0
    this['slot6'] = 0
    this['slot7'] = 0
    this['slot8'] = 0
    this['slot9'] = 0
    this['slot10'] = 0
    this['slot11'] = 0
    this['slot12'] = 0
    this['slot13'] = 0
    this['slot14'] = 0
    this['slot15'] = 0
    this['slot16'] = 0
    this['slot17'] = 0
    this['slot18'] = 0
    this['slot19'] = 0
    this['slot20'] = 0
    this['slot21'] = 0
    this['slot22'] = 0
    this['slot23'] = 0
    this['slot24'] = 0
  }
  Start.prototype = Object.prototype
  const Made = Start as unknown as Roomy
  for (let i = 0; i < FIRST_ONES; i++) new Made(true)
  return Made
}
