/**
 * Turns rows of one shape into frozen records. A shape that keeps coming gets a constructor compiled for it (`new Function`): an object literal
 * gives its records one hidden class with the fields inside the object, 0.9 µs a record of 15 fields all in, where adding the
 * fields by name takes 1.3 and leaves objects of more than some 16 fields in slow dictionary mode. Column names go into the source only as JSON
 * string literals. Where the process forbids compiling from strings, and for rare or very wide shapes, fields are added by name.
 */
import { type MsgpackSource, readValue } from './msgpack-reader.ts'
import type { AnalyticsRecord } from './record.ts'
import { RESERVED_NAMES } from './shape-tree.ts'

/** Reads the values of one row off the source and makes its record. */
export type RecordMaker = (source: MsgpackSource, id: string) => AnalyticsRecord

/** Compiling takes as long as some 20 records by name. */
const COMPILE_AFTER_RECORDS = 32

/** V8 keeps the fields of a literal inside the object up to about this many; beyond, compiling gains nothing. */
const MAX_COMPILED_COLUMNS = 128

/** Shapes remembered between frames. When full, all are forgotten: they come back if they are still in use. */
const MAX_SHAPES = 512

/** Shapes whose names are longer in all are not remembered: the memory of 512 of them must stay small whatever the frames hold. */
const MAX_REMEMBERED_NAMES = 16 * 1024

interface Shape {
  records: number
  maker: RecordMaker
}

const shapes = new Map<string, Shape>()

/** A maker for about `expectedRecords` rows with these columns. Of columns with one name the last wins; reserved names are read and let go. */
export function recordMaker(columns: readonly string[], expectedRecords: number): RecordMaker {
  const key = JSON.stringify(columns)
  if (key.length > MAX_REMEMBERED_NAMES) return makerByName(columns)
  let shape = shapes.get(key)
  if (shape === undefined) {
    if (shapes.size >= MAX_SHAPES) shapes.clear()
    shape = { records: 0, maker: makerByName(columns) }
    shapes.set(key, shape)
  }
  const before = shape.records
  shape.records += expectedRecords
  if (before < COMPILE_AFTER_RECORDS && shape.records >= COMPILE_AFTER_RECORDS) shape.maker = compileMaker(columns)
  return shape.maker
}

function makerByName(columns: readonly string[]): RecordMaker {
  return (source, id) => {
    const record: Record<string, unknown> = { id }
    for (const column of columns) {
      const value = readValue(source)
      if (!RESERVED_NAMES.has(column)) record[column] = value
    }
    return Object.freeze(record)
  }
}

function compileMaker(columns: readonly string[]): RecordMaker {
  if (columns.length > MAX_COMPILED_COLUMNS) return makerByName(columns)
  const fields = new Map<string, string>()
  columns.forEach((column, i) => {
    if (!RESERVED_NAMES.has(column)) fields.set(column, `v${i}`)
  })
  const reads = columns.map((_, i) => `const v${i} = read(source);`).join('')
  const literal = ['id', ...Array.from(fields, ([column, value]) => `${JSON.stringify(column)}: ${value}`)].join(',')
  try {
    const build = new Function('read', 'freeze', `return (source, id) => { ${reads} return freeze({ ${literal} }) }`)
    return build(readValue, Object.freeze)
  } catch {
    return makerByName(columns)
  }
}
