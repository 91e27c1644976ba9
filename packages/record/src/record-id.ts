/** Makes base ids: 12 bytes in ObjectId form. */
export interface RecordIdSource {
  /** Reserves `count` consecutive ids and returns the first; record i of a frame has first + i. */
  allocate(count: number): Uint8Array
}

export declare function createRecordIdSource(): RecordIdSource
/** base + index as 24 hex digits. */
export declare function recordIdAt(base: Uint8Array, index: number): string
