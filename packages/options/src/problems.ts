/** What is wrong with a configuration, as data and as text. Nothing in here ever shows a secret. */

import { PumphouseError } from '@pumphouse/record'

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
export class OptionsError extends PumphouseError {
  declare readonly code: 'PH_CONFIG_INVALID'
  readonly problems: readonly Problem[]

  /** `source` is named at the head of the message: the file, or `options of createReporter`. */
  constructor(source: string, problems: readonly Problem[]) {
    const noun = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    super(
      'PH_CONFIG_INVALID',
      [`${source}: ${noun}`, ...problems.map(problem => `  ${formatProblem(problem)}`)].join('\n'),
    )
    this.name = 'OptionsError'
    this.problems = problems
  }
}

/** One line: `line 7: pumps.audit.bach: found an unknown key; expected one of …; did you mean "batch"?` */
export function formatProblem(problem: Problem): string {
  const where = [problem.line === undefined ? '' : `line ${problem.line}`, problem.path].filter(part => part !== '')
  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`
  return `${where.join(': ') || 'the document'}: found ${problem.found}; expected ${problem.expected}${hint}`
}

/** Longer values are cut in messages. */
const LONGEST_FOUND = 60

/** A value as a message may show it: shortened, passwords inside URLs masked, and nothing at all of a secret. */
export function describeFound(value: unknown, sensitive = false): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value !== 'string')
    return sensitive ? `a ${typeof value} (not shown)` : `the ${typeof value} ${String(value)}`
  if (sensitive) return 'a text (not shown)'
  const masked = maskPasswords(value)
  return JSON.stringify(masked.length > LONGEST_FOUND ? `${masked.slice(0, LONGEST_FOUND)}…` : masked)
}

/** `redis://app:secret@host` → `redis://app:***@host`. Whatever stands between `//` and the last `@` of the word counts as credentials. */
export function maskPasswords(text: string): string {
  return text.replace(/:\/\/(\S*)@/g, (_, credentials: string) => {
    const colon = credentials.indexOf(':')
    return colon < 0 ? '://***@' : `://${credentials.slice(0, colon)}:***@`
  })
}
