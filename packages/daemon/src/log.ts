/**
 * Logs go to stderr, as JSON lines or for people: stdout belongs to the stdout pump. Written synchronously, so that the last line is
 * there whatever ends the process; the daemon logs by the episode, not by the record.
 */

import { maskPasswords } from '@pumphouse/options'
import { destination, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'

export type Log = Logger

/** Fields that never show their value, wherever they stand in the first two levels. */
const SECRET_FIELDS = ['password', 'url', 'uri', 'token', 'apiKey', 'authorization']
const STDERR = 2

/** Makes the daemon's logger. `write` gets whole lines; default: stderr. */
export function createLog(
  options: { readonly level: string; readonly pretty: boolean },
  write: (line: string) => void = stderrWriter(),
): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap(name => [name, `*.${name}`]), censor: '[not shown]' },
      serializers: { err: error => masked(stdSerializers.err(error)) },
    },
    { write: options.pretty ? line => write(prettyLine(line)) : write },
  )
}

function stderrWriter(): (line: string) => void {
  const stderr = destination({ dest: STDERR, sync: true })
  // Nobody reads the log any more: there is nowhere left to say so, and no reason to stop delivering.
  stderr.on('error', () => {})
  return line => {
    stderr.write(line)
  }
}

function masked(error: object): object {
  return Object.fromEntries(
    Object.entries(error).map(([key, value]) => [key, typeof value === 'string' ? maskPasswords(value) : value]),
  )
}

/** `05:21:48.123 warn  redis is away  error="…"` */
function prettyLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const clock = String(time).slice('2026-01-01T'.length, -1)
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  return `${clock} ${String(level).padEnd(5)} ${String(msg ?? '')}${rest.join('')}\n`
}
