import type { Producer } from './frame.ts'
import type { RowBatch } from './rows.ts'

export interface EncodeOptions {
  /** Deflate the rows when that pays. Default true. */
  readonly compress?: boolean
}

export declare function encodeFrame(
  baseId: Uint8Array,
  producer: Producer,
  batch: RowBatch,
  options?: EncodeOptions,
): Uint8Array
