/** What stands behind `pumphouse dead-letters`. */
import { nearest, parseDuration } from '@pumphouse/options'
import type { DeadLetterFilter } from '@pumphouse/queue'

/** The acts, in the order help shows them. */
export const LETTER_ACTIONS = {
  list: 'list the dead letters, oldest first (--limit, 100 unless it says otherwise)',
  show: 'show one of them, with its record',
  replay: 'write the dead letters of a pump (--pump) to its target again; what it takes is taken away',
  drop: 'delete dead letters by name or by filters, or --all of them',
} as const

export type LetterAction = keyof typeof LETTER_ACTIONS

/** One use of `pumphouse dead-letters`. */
export interface LettersLine {
  readonly action: LetterAction
  /** Named ones; empty = those that match. */
  readonly ids: readonly string[]
  readonly filter: DeadLetterFilter
  readonly limit: number | undefined
}

/** The options of `dead-letters` as they were typed. */
export interface LetterValues {
  readonly [name: string]: unknown
}

const DATE = /^\d{4}-\d\d-\d\d/
const EXPECTED_TIME = 'a time such as 2026-11-21T09:00:00Z, or how long ago, such as 2h'

/** Reads the words and options behind `dead-letters`; `nowMs`: what "2h ago" counts from. */
export function readLettersLine(
  words: readonly string[],
  values: LetterValues,
  nowMs: number,
): LettersLine | { readonly problem: string } {
  const [action, ...ids] = words
  if (action === undefined) return { problem: `"dead-letters" needs one of ${Object.keys(LETTER_ACTIONS).join(', ')}` }
  if (!isAction(action)) {
    const meant = nearest(action, Object.keys(LETTER_ACTIONS))
    return { problem: `unknown act "${action}"${meant === undefined ? '' : `; did you mean "${meant}"?`}` }
  }
  const [sinceMs, untilMs] = [readTime(values['since'], nowMs), readTime(values['until'], nowMs)]
  if (sinceMs === null) return { problem: `--since needs ${EXPECTED_TIME}` }
  if (untilMs === null) return { problem: `--until needs ${EXPECTED_TIME}` }
  const limit = values['limit'] === undefined ? undefined : Number(values['limit'])
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    return { problem: '--limit needs a whole number from 1' }
  const filter = {
    ...(typeof values['pump'] === 'string' && { pump: values['pump'] }),
    ...(typeof values['reason'] === 'string' && { reason: values['reason'] }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
  }
  const problem = misuse(action, ids, Object.keys(filter), values['all'] === true)
  return problem === undefined ? { action, ids, filter, limit } : { problem }
}

function misuse(
  action: LetterAction,
  ids: readonly string[],
  filters: readonly string[],
  all: boolean,
): string | undefined {
  if (all && action !== 'drop') return `"dead-letters ${action}" does not take --all`
  if (action === 'list' && ids.length > 0) return '"dead-letters list" takes filters, not names'
  if (action === 'show' && (ids.length !== 1 || filters.length > 0)) return '"dead-letters show" needs one name'
  if (action === 'replay' && !filters.includes('pump')) return '"dead-letters replay" needs --pump'
  if (action === 'drop' && ids.length > 0 && (all || filters.length > 0))
    return '"dead-letters drop" takes names or filters, not both'
  // Nobody deletes everything by forgetting a word.
  if (action === 'drop' && ids.length === 0 && filters.length === 0 && !all)
    return '"dead-letters drop" needs names, a filter, or --all'
  return undefined
}

/** Milliseconds since 1970; undefined when not given, null when it is no time. */
function readTime(given: unknown, nowMs: number): number | undefined | null {
  if (typeof given !== 'string') return undefined
  if (DATE.test(given)) {
    const time = Date.parse(given)
    return Number.isNaN(time) ? null : Math.max(0, time)
  }
  try {
    return Math.max(0, nowMs - parseDuration(given))
  } catch {
    return null
  }
}

function isAction(word: string): word is LetterAction {
  return Object.hasOwn(LETTER_ACTIONS, word)
}
