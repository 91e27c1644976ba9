import { readFileSync } from 'node:fs'
import { errorMessage, type Problem } from '@pumphouse/options'
import { type RedactRules, redactProblems } from '@pumphouse/record'
import type { LoadedReporterOptions } from './option-schema.ts'

/** The rules of the section `redact`, with the key of its hashes read from its file, and everything that is wrong with them. */
export function readRedactOption({ hashKeyFile, ...rules }: LoadedReporterOptions['redact']): {
  readonly rules: RedactRules
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  let hashKey: string | undefined
  try {
    hashKey = hashKeyFile === undefined ? undefined : readFileSync(hashKeyFile, 'utf8').trim()
  } catch (error) {
    problems.push({ path: 'redact.hashKeyFile', found: errorMessage(error), expected: 'a file that can be read' })
  }
  const read = { ...rules, hashKey }
  for (const { path, ...problem } of problems.length > 0 ? [] : redactProblems(read)) {
    problems.push({ path: path === '' ? 'redact' : `redact.${path}`, ...problem })
  }
  return { rules: read, problems }
}
