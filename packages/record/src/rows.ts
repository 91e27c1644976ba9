/** What one record may hold; what goes beyond is cut at the field and counted, never refused. */
export interface RowLimits {
  /** Default 256. */
  readonly maxFields: number
  /** UTF-16 units of a string, or bytes. Default 262144. */
  readonly maxFieldLength: number
  /** Estimated bytes of a record. Default 1 MiB. */
  readonly maxRecordBytes: number
  /** Default 16. */
  readonly maxDepth: number
  /** Values inside one record, nested ones included. Default 4096. */
  readonly maxValues: number
}

/** Records as positional rows: structured-clone safe, ready to be posted to another thread or encoded. */
export interface RowBatch {
  /** Column names of each shape seen in this batch. */
  readonly shapes: readonly (readonly string[])[]
  /** In the order of add(): [index into shapes, value of each column …]. */
  readonly rows: readonly (readonly unknown[])[]
  /** Estimated bytes of the rows. */
  readonly bytes: number
}

export interface RowBuilder {
  readonly count: number
  readonly bytes: number
  /** Cumulative over the life of the builder: fields replaced or cut, by reason. */
  readonly altered: Readonly<Record<string, number>>
  /** Appends a record as it is now (later changes to it or to what it holds are not seen). Never throws. Returns the estimated bytes it added. */
  add(record: object): number
  /** Hands over what was added and starts an empty batch. */
  take(): RowBatch
}

export declare function createRowBuilder(limits?: Partial<RowLimits>): RowBuilder
