/** What is redacted: the rules as they are declared, checked and compiled. */
import { PumphouseError } from '../errors.ts'
import { compileRegex } from '../regex.ts'
import { compilePaths, type PathRule, type Place, parsePath, type RedactAction } from './redact-path.ts'
import { isSecretName, isSecretQueryName, nameMatcher } from './secret-names.ts'

/** What stands in place of a secret. */
export const REDACTED = '[redacted]'

/** The rules. Whatever is left out or empty asks for nothing, but `defaults`, which is true unless it is false. */
export interface RedactRules {
  /** Names, card numbers and credentials that are secrets everywhere (secret-names.ts, redact-text.ts). */
  readonly defaults?: boolean | undefined
  /** Paths (redact-path.ts) that all others leave alone. */
  readonly keep?: readonly string[] | undefined
  readonly remove?: readonly string[] | undefined
  readonly mask?: readonly string[] | undefined
  /** Needs `hashKey`. */
  readonly hash?: readonly string[] | undefined
  /** The key of the HMAC, at least MIN_HASH_KEY_LENGTH characters. */
  readonly hashKey?: string | undefined
  /** Names of HTTP headers that are kept; all others are removed. Absent: no such list. */
  readonly headers?: readonly string[] | undefined
  /** Names whose values are masked in query strings, whether they stand in a text or in the field `query`. */
  readonly query?: readonly string[] | undefined
  /** Regular expressions (regex.ts); whatever they find in a text is masked. */
  readonly patterns?: readonly string[] | undefined
}

/**
 * The options of a section `redact`, for whoever has one. It has the form that the options room asks for, and holds no more than data, so that
 * this room needs nothing of that one.
 */
export const redactOptions = {
  defaults: {
    doc: 'Mask what is a secret everywhere: authorization, cookies, API keys, names like password, secret, token or credential, card numbers, bearer tokens, passwords in URLs.',
    format: 'boolean',
    default: true,
  },
  keep: {
    doc: 'Paths that are left as they are, whatever else is said here: names with dots between them; `*` in a name stands for any characters, `**` for any names or none; case, - and _ do not count.',
    format: 'strings',
    default: null,
    example: ['apiKey', 'request.body.token'],
  },
  remove: {
    doc: 'Paths that are removed.',
    format: 'strings',
    default: null,
    example: ['requestHeaders.x-internal-*'],
  },
  mask: {
    doc: 'Paths whose values become `[redacted]`.',
    format: 'strings',
    default: null,
    example: ['**.iban', 'request.body.*.pin'],
  },
  hash: {
    doc: 'Paths whose values become `hmac:` and 32 hex digits, the same for the same value (HMAC-SHA-256). Needs `hashKeyFile`.',
    format: 'strings',
    default: null,
    example: ['username', 'clientIp'],
  },
  hashKeyFile: {
    doc: 'File with the key of the hashes, at least 16 characters. Who has the key can find out which hash belongs to a value he guesses.',
    format: 'string',
    default: null,
    example: '/run/secrets/analytics-hash-key',
  },
  headers: {
    doc: 'The only HTTP headers that are kept, in every field called headers, requestHeaders or responseHeaders; all others are removed. Without it all are kept that nothing else here redacts.',
    format: 'strings',
    default: null,
    example: ['accept', 'content-type', 'user-agent'],
  },
  query: {
    doc: 'Names whose values are masked in query strings and forms, wherever one stands in a text, and in the field `query`. With `defaults` also key, auth, sig and signature.',
    format: 'strings',
    default: null,
    example: ['code', 'email'],
  },
  patterns: {
    doc: 'Regular expressions (RE2: no lookaround, no backreferences); what they find in any text is masked. One that finds the empty text, as `x*` does, is refused.',
    format: 'strings',
    default: null,
    example: ['\\bsk_(live|test)_[A-Za-z0-9]+'],
  },
} as const

/** What is wrong with rules, in the form that options are refused in. */
export interface RedactProblem {
  /** `mask.0` */
  readonly path: string
  readonly found: string
  readonly expected: string
  /** What to do about it. */
  readonly hint?: string
}

/** A shorter key can be found by trying. */
export const MIN_HASH_KEY_LENGTH = 16

const ACTIONS = ['keep', 'remove', 'mask', 'hash'] as const satisfies readonly RedactAction[]
const MAX_PATH_LENGTH = 512
const MAX_RULES = 500
const HEADER_FIELDS: ReadonlySet<string> = new Set(['headers', 'requestheaders', 'responseheaders', 'trailers'])

/** Everything that is wrong with the rules. Never throws. */
export function redactProblems(rules: RedactRules): readonly RedactProblem[] {
  const problems: RedactProblem[] = []
  for (const action of ACTIONS) {
    for (const [index, path] of (rules[action] ?? []).entries()) {
      if (path.length <= MAX_PATH_LENGTH && path.split('.').every(isStep)) continue
      problems.push({
        path: `${action}.${index}`,
        found: JSON.stringify(path),
        expected: 'names with dots between them',
      })
    }
  }
  for (const [index, source] of (rules.patterns ?? []).entries()) {
    const problem = patternProblem(source)
    if (problem !== undefined) problems.push({ path: `patterns.${index}`, found: JSON.stringify(source), ...problem })
  }
  if ((rules.hash ?? []).length > 0 && (rules.hashKey ?? '').length < MIN_HASH_KEY_LENGTH) {
    const found = rules.hashKey === undefined ? 'nothing' : 'a key that is too short'
    const expected = `a file with at least ${MIN_HASH_KEY_LENGTH} characters, since redact.hash is given`
    problems.push({ path: 'hashKeyFile', found, expected })
  }
  const count = ACTIONS.reduce((sum, action) => sum + (rules[action] ?? []).length, (rules.patterns ?? []).length)
  if (count > MAX_RULES) problems.push({ path: '', found: `${count} rules`, expected: `at most ${MAX_RULES}` })
  return problems
}

/** Whether the rules ask for anything. */
export function isRedacting(rules: RedactRules): boolean {
  return rules.defaults !== false || hasNamedRules(rules) || (rules.patterns ?? []).length > 0
}

/** Whether they name something that is to be redacted, beside the defaults. */
function hasNamedRules({ remove, mask, hash, headers, query }: RedactRules): boolean {
  return headers !== undefined || [remove, mask, hash, query].some(list => (list ?? []).length > 0)
}

/** The place of the record, from which all rules can be reached. */
export function compileRules(rules: RedactRules): Place {
  const paths: PathRule[] = ACTIONS.flatMap(action =>
    (rules[action] ?? []).map(path => ({ action, names: path.split('.'), steps: parsePath(path) })),
  )
  if (rules.defaults !== false) {
    paths.push({ action: 'mask', byDefault: true, steps: ['anywhere', isSecretName] })
    paths.push({ action: 'mask', byDefault: true, steps: ['anywhere', isQuery, isSecretQueryName] })
  }
  if (rules.headers !== undefined) {
    const allowed = rules.headers.map(nameMatcher)
    const isRefused = (name: string): boolean => !allowed.some(matches => matches(name))
    paths.push({ action: 'remove', steps: ['anywhere', name => HEADER_FIELDS.has(name), isRefused] })
  }
  const isNamed = querySecrets(rules)
  if ((rules.query ?? []).length > 0) paths.push({ action: 'mask', steps: ['anywhere', isQuery, isNamed] })
  return compilePaths(paths)
}

/** Tells the names of `query`. */
export function querySecrets(rules: RedactRules): (plain: string) => boolean {
  const named = (rules.query ?? []).map(nameMatcher)
  return plain => named.some(matches => matches(plain))
}

function isQuery(name: string): boolean {
  return name === 'query'
}

function isStep(name: string): boolean {
  return name === '**' || (name !== '' && !name.includes('**'))
}

function patternProblem(source: string): Pick<RedactProblem, 'expected' | 'hint'> | undefined {
  try {
    if (!compileRegex(source).findsEmpty()) return undefined
    const hint =
      'this one also finds the empty text, which is everywhere: take it out, or write + for * and {1,} for {0,}'
    return { expected: 'a regular expression that finds one character at least', hint }
  } catch (error) {
    return {
      expected: error instanceof PumphouseError ? `a regular expression (${error.message})` : 'a regular expression',
    }
  }
}
