/** Checks what stands under `redact:`, and reads the key of the hashes. What the rules mean is said, and compiled, in the room `record`. */

import { readFileSync, statSync } from 'node:fs'
import type { OptionValues, Problem } from '@pumphouse/options'
import { isRedacting, type RedactRules, redactProblems } from '@pumphouse/record'
import type { sharedRecordOptions } from './record-options.ts'

/** Keys are short; a bigger file is a mistake (or /dev/zero). */
const MAX_KEY_BYTES = 64 * 1024

/** The rules; undefined when they ask for nothing. What is wrong is added to `problems`. */
export function readRedact(
  { hashKeyFile, ...rules }: OptionValues<typeof sharedRecordOptions>['redact'],
  path: string,
  problems: Problem[],
): RedactRules | undefined {
  const key = hashKeyFile === undefined ? {} : readKey(hashKeyFile)
  if ('problem' in key) {
    problems.push({
      path: `${path}.hashKeyFile`,
      found: `${hashKeyFile}, ${key.problem}`,
      expected: 'a readable file that holds the key',
    })
    return undefined
  }
  const given: RedactRules = { ...rules, ...key }
  const found = redactProblems(given)
  problems.push(...found.map(problem => ({ ...problem, path: problem.path === '' ? path : `${path}.${problem.path}` })))
  return found.length === 0 && isRedacting(given) ? given : undefined
}

function readKey(file: string): { readonly hashKey: string } | { readonly problem: string } {
  try {
    if (statSync(file).size > MAX_KEY_BYTES) return { problem: `which is larger than ${MAX_KEY_BYTES} bytes` }
    return { hashKey: readFileSync(file, 'utf8').trim() }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return { problem: code === 'ENOENT' ? 'which does not exist' : `which cannot be read (${code})` }
  }
}
