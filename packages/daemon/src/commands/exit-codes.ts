/** How a command ends, for shells and supervisors. 64 and 78 are the ones of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** It failed while running, or the law of status does not hold. */
  failed: 1,
  /** The command line cannot be understood (EX_USAGE). */
  usage: 64,
  /** The configuration cannot be used (EX_CONFIG): starting again will not help. */
  config: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
