/** The section `sample`: its rules are a list in YAML or in code, and checked here. */
import type { Problem } from '@pumphouse/options'
import type { LoadedReporterOptions } from './option-schema.ts'

/** A share for some of the records: those that match all that is said. */
export interface SampleRule {
  /** Of the route's template, or of the path where there is no route; `*` stands for any characters. */
  readonly route?: string | undefined
  readonly method?: string | undefined
  /** `200`, `2xx` or `500-599`. */
  readonly status?: string | number | undefined
  /** 0 … 1 */
  readonly rate: number
}

/** What is kept of the records, checked. */
export interface SampleSettings {
  /** 0 … 1, for records that no rule matches. */
  readonly rate: number
  readonly keepErrors: boolean
  readonly slowMs: number
  readonly rules: readonly SampleRule[]
}

/** `200`, `2xx` or `500-599`. */
export const STATUS = /^(?:(\d)xx|(\d{3})(?:-(\d{3}))?)$/
const MAX_RULES = 100
const KEYS: readonly string[] = ['route', 'method', 'status', 'rate']

/** The settings, and what is wrong with them. */
export function readSampleOption({ rate, errors, slowerThan, rules }: LoadedReporterOptions['sample']): {
  readonly settings: SampleSettings
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  const given: readonly unknown[] = Array.isArray(rules) ? rules : []
  if (rules !== undefined && (!Array.isArray(rules) || rules.length > MAX_RULES)) {
    const found = Array.isArray(rules) ? `${rules.length} rules` : `a ${typeof rules}`
    problems.push({ path: 'sample.rules', found, expected: `a list of at most ${MAX_RULES} rules` })
  }
  for (const [index, rule] of given.entries()) {
    const wrong = wrongKey(rule)
    if (wrong === undefined) continue
    const path = `sample.rules.${index}${wrong === '' ? '' : `.${wrong}`}`
    const expected = '{ route, method, status (200, 2xx or 500-599), rate (0 to 1) }, of which rate is needed'
    problems.push({ path, found: JSON.stringify(rule) ?? typeof rule, expected })
  }
  const settings = { rate, keepErrors: errors, slowMs: slowerThan, rules: given as readonly SampleRule[] }
  return { settings, problems }
}

/** The first key that cannot stand as it does; '' for what is no rule at all. */
function wrongKey(rule: unknown): string | undefined {
  if (typeof rule !== 'object' || rule === null) return ''
  const { route, method, status, rate } = rule as Readonly<Record<string, unknown>>
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) return 'rate'
  if (route !== undefined && typeof route !== 'string') return 'route'
  if (method !== undefined && typeof method !== 'string') return 'method'
  if (status !== undefined && !STATUS.test(String(status))) return 'status'
  return Object.keys(rule).find(key => !KEYS.includes(key))
}
