import type { RowBatch } from '@pumphouse/record'

/** The batch with `weight` in every record that does not say its own. */
export function weighted(batch: RowBatch, weight: number): RowBatch {
  const own = batch.shapes.map(columns => columns.includes('weight'))
  return {
    shapes: batch.shapes.map((columns, shape) => (own[shape] ? columns : [...columns, 'weight'])),
    rows: batch.rows.map(row => (own[row[0] as number] ? row : [...row, weight])),
    bytes: batch.bytes,
  }
}
