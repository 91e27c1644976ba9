/** The section `sample`: its rules are a list in YAML or in code, and checked here. */
import type { Problem } from '@pumphouse/options'
import type { LoadedReporterOptions } from './option-schema.ts'
import { type RuleForm, readRules } from './rule-list.ts'

/** A share for some of the records: those that match all that is said. */
export interface SampleRule {
  /** Of the route's template, or of the path where there is no route; `*` stands for any characters. */
  readonly route?: string | undefined
  /** In upper case, as in a request. */
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
const KEYS: readonly string[] = ['route', 'method', 'status', 'rate']
const FORM: RuleForm = {
  path: 'sample.rules',
  expected: '{ route, method (GET), status (200, 2xx or 500-599), rate (0 to 1) }, of which rate is needed',
  wrongKey,
}

/** The settings, and what is wrong with them. */
export function readSampleOption({ rate, errors, slowerThan, rules }: LoadedReporterOptions['sample']): {
  readonly settings: SampleSettings
  readonly problems: readonly Problem[]
} {
  const { rules: read, problems } = readRules<SampleRule>(rules, FORM)
  return { settings: { rate, keepErrors: errors, slowMs: slowerThan, rules: read }, problems }
}

function isStatus(status: string): boolean {
  const [match, , first, last] = STATUS.exec(status) ?? []
  return match !== undefined && (last === undefined || Number(first) <= Number(last))
}

function wrongKey(rule: Readonly<Record<string, unknown>>): string | undefined {
  const { route, method, status, rate } = rule
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) return 'rate'
  if (route !== undefined && typeof route !== 'string') return 'route'
  if (method !== undefined && (typeof method !== 'string' || method !== method.toUpperCase())) return 'method'
  if (status !== undefined && !isStatus(String(status))) return 'status'
  return Object.keys(rule).find(key => !KEYS.includes(key))
}
