/** What the environment says about the options: `NAME` itself or, for secrets, a file named by `NAME_FILE`. */

import { readFileSync, statSync } from 'node:fs'
import type { OptionDoc } from './describe.ts'
import type { Problem } from './problems.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Secrets are short; a bigger file is a mistake (or /dev/zero). */
const MAX_SECRET_BYTES = 64 * 1024

/** The variables that are set, those from secret files included. An empty variable counts as not set, as compose files pass them on. */
export function readEnvironment(
  options: readonly OptionDoc[],
  env: Environment,
): {
  readonly variables: Readonly<Record<string, string>>
  /** The files among their sources, by the variable whose value they hold. */
  readonly secretFiles: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
} {
  const variables: Record<string, string> = {}
  const secretFiles: Record<string, string> = {}
  const problems: Problem[] = []
  for (const { path, env: name, field } of options) {
    if (name === undefined) continue
    const direct = env[name]
    if (direct) variables[name] = direct
    const fileVariable = `${name}_FILE`
    const file = field.sensitive ? env[fileVariable] : undefined
    if (!file) continue
    if (direct) {
      problems.push({ path, found: `both ${name} and ${fileVariable}`, expected: 'one of the two' })
      continue
    }
    const secret = readSecret(file)
    if (secret.problem === undefined) {
      variables[name] = secret.text
      secretFiles[name] = file
    } else
      problems.push({
        path,
        found: `${fileVariable}=${file}, ${secret.problem}`,
        expected: 'a readable file that holds the value',
      })
  }
  return { variables, secretFiles, problems }
}

function readSecret(file: string): { text: string; problem?: undefined } | { problem: string } {
  try {
    const found = statSync(file)
    if (found.isDirectory()) return { problem: 'which is a directory' }
    if (found.size > MAX_SECRET_BYTES) return { problem: `which is larger than ${MAX_SECRET_BYTES} bytes` }
    const text = readFileSync(file, 'utf8').trim()
    return text === '' ? { problem: 'which is empty' } : { text }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return { problem: code === 'ENOENT' ? 'which does not exist' : `which cannot be read (${code})` }
  }
}
