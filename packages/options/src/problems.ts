/** One thing that is wrong with a configuration. */
export interface Problem {
  /** `pumps.audit.batch.maxBytes`; empty for the document itself. */
  readonly path: string
  /** What stands there, shortened, never a secret. */
  readonly found: string
  /** What may stand there. */
  readonly expected: string
  /** Line in the file, where known. */
  readonly line?: number
  /** `did you mean "maxBytes"?` */
  readonly hint?: string
}

/** A configuration that cannot be used. Its message lists every problem, a line each. */
export declare class OptionsError extends Error {
  readonly code: 'PH_CONFIG_INVALID'
  readonly problems: readonly Problem[]
  constructor(source: string, problems: readonly Problem[])
}
