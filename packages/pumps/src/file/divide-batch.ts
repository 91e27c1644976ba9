import type { AnalyticsRecord } from '@pumphouse/record'
import type { PathPattern } from './path-pattern.ts'

/** The records of a batch that go to one file. */
export interface BatchPart {
  readonly path: string
  readonly records: readonly AnalyticsRecord[]
  /** The position in the batch of a position in the part. */
  indexOf(position: number): number
}

/** The parts of a batch by path, each in the order of the batch. */
export function divideByPath(batch: readonly AnalyticsRecord[], pattern: PathPattern): readonly BatchPart[] {
  if (pattern.fixed !== undefined) return [{ path: pattern.fixed, records: batch, indexOf: position => position }]
  const indexesByPath = new Map<string, number[]>()
  for (const [index, record] of batch.entries()) {
    const path = pattern.pathOf(record)
    const indexes = indexesByPath.get(path)
    if (indexes === undefined) indexesByPath.set(path, [index])
    else indexes.push(index)
  }
  return [...indexesByPath].map(([path, indexes]) => ({
    path,
    records: indexes.map(index => batch[index] as AnalyticsRecord),
    indexOf: position => indexes[position] as number,
  }))
}
