/** Names a place where the daemon kills itself (see fault-points.ts). For tests: no option, in no file, and said in the log. */
export const FAULT_VARIABLE = 'PUMPHOUSE_FAULT'

/** The one place of the daemon that reads the process' environment; everything else is handed it. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
