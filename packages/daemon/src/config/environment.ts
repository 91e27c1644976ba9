/** The one place of the daemon that reads the process' environment; everything else is handed it. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
