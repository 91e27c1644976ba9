import { errorMessage } from '@pumphouse/options'
import { jsonLine } from '@pumphouse/pumps'
import { findDeadLetter, type KeptDeadLetter } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../../config/config.ts'
import { shownLetter, timeText } from './list.ts'
import { openLetter } from './open-letter.ts'

/** `pumphouse dead-letters show`: the text to print; undefined when there is no such letter. Throws RedisError. */
export async function showLetter(
  redis: Redis,
  set: DaemonConfig['analytics'],
  id: string,
  json: boolean,
): Promise<string | undefined> {
  const letter = await findDeadLetter(redis, set, id)
  if (letter === undefined) return undefined
  const content = contentOf(letter)
  if (json) return `${JSON.stringify({ ...shownLetter(letter), ...content }, null, 2)}\n`
  const { pump, atMs, reason, message, attempts, kind, records, frame, bodyBytes } = letter
  const facts = { id, pump, time: timeText(atMs), reason, message, attempts, kind, records, frame, bytes: bodyBytes }
  const width = Math.max(...Object.keys(facts).map(name => name.length))
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return `${lines.join('\n')}\n\n${contentText(content)}\n`
}

type Content =
  | { readonly content: readonly unknown[] }
  /** base64 */
  | { readonly undecodable: string; readonly body: string }

function contentOf(letter: KeptDeadLetter): Content {
  try {
    return { content: openLetter(letter).records.map(record => JSON.parse(jsonLine(record)) as unknown) }
  } catch (error) {
    return { undecodable: errorMessage(error), body: Buffer.from(letter.body ?? []).toString('base64') }
  }
}

function contentText(content: Content): string {
  if ('undecodable' in content) return `cannot be decoded: ${content.undecodable}\n${content.body}`
  return content.content.map(record => JSON.stringify(record, null, 2)).join('\n')
}
