import { type KeptDeadLetter, listDeadLetters } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../../config/config.ts'
import { renderRows } from '../table.ts'
import type { LettersLine } from './letters-line.ts'

const DEFAULT_LIMIT = 100
/** A message may be long; the whole of it is in `show`. */
const MESSAGE_WIDTH = 60
const COLUMNS = ['dead letter', 'time', 'pump', 'reason', 'kind', 'message', 'attempts', 'records']
const TEXT_COLUMNS = [0, 1, 2, 3, 4, 5]

/** `pumphouse dead-letters list`: the text to print. Throws RedisError. */
export async function listLetters(
  redis: Redis,
  set: DaemonConfig['analytics'],
  { filter, limit = DEFAULT_LIMIT }: LettersLine,
  json: boolean,
): Promise<string> {
  const { letters, more } = await listDeadLetters(redis, set, filter, limit)
  if (json) return `${JSON.stringify({ deadLetters: letters.map(shownLetter), more }, null, 2)}\n`
  if (letters.length === 0) return 'no dead letters\n'
  const rest = more ? `there are more: --limit, or --since ${timeText(letters.at(-1)!.atMs)}\n` : ''
  return renderRows([COLUMNS, ...letters.map(cells)], TEXT_COLUMNS) + rest
}

/** A letter for JSON, without its body. */
export function shownLetter({ body: _, atMs, ...letter }: KeptDeadLetter): object {
  return { ...letter, at: timeText(atMs) }
}

/** The instant as ISO text. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString()
}

function cells({ id, atMs, pump, reason, kind, message, attempts, records }: KeptDeadLetter): string[] {
  const line = message.replace(/\s+/g, ' ')
  const short = line.length > MESSAGE_WIDTH ? `${line.slice(0, MESSAGE_WIDTH - 1)}…` : line
  return [id, timeText(atMs), pump, reason, kind, short, String(attempts), String(records)]
}
