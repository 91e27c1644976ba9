import { decodeMulti } from '@msgpack/msgpack'
import type { RowBatch } from '../src/codec/rows.ts'

/** The rows of a batch as values, read by the library: [index into shapes, value of each column …]. */
export function readRows(batch: RowBatch): [number, ...unknown[]][] {
  return [...decodeMulti(batch.rows, { useBigInt64: true })] as [number, ...unknown[]][]
}
