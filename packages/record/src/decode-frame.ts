import type { Frame } from './frame.ts'

export interface DecodeLimits {
  readonly maxPayloadBytes?: number
}

/** Throws PumphouseError PH_FRAME_* and nothing else. */
export declare function decodeFrame(bytes: Uint8Array, limits?: DecodeLimits): Frame
