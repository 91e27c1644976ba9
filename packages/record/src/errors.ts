/**
 * Every error Pumphouse raises has a code from the one table below. Code that reacts to an error looks at its code,
 * never at its message. The reference page of errors is generated from this table.
 */

/** code → what it means and what to do about it, in one or two sentences each. */
export const ERRORS = {
  PH_FRAME_MALFORMED: {
    summary: 'The bytes are not a frame, or a frame that was cut or damaged.',
    remedy: 'The entry is quarantined with its bytes; find out what else writes to this Redis key.',
  },
  PH_FRAME_VERSION: {
    summary: 'The frame has a version this release does not know.',
    remedy: 'Upgrade the daemon before the reporters; quarantined frames can be replayed after that.',
  },
  PH_FRAME_TOO_LARGE: {
    summary: 'The frame declares or unfolds to more than a decoder accepts.',
    remedy: 'No reporter writes such frames; find out what else writes to this Redis key.',
  },
} as const satisfies Record<string, { summary: string; remedy: string }>

export type ErrorCode = keyof typeof ERRORS

/** The base of every error Pumphouse raises. `code` is stable between releases; the message is for people. */
export class PumphouseError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PumphouseError'
    this.code = code
  }
}
