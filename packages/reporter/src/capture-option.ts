/** The section `capture`: its rules are a list in YAML or in code, and checked here. */
import { type Problem, parseSize } from '@pumphouse/options'
import { type LoadedReporterOptions, MAX_BODY_BYTES } from './option-schema.ts'
import { type RuleForm, readRules } from './rule-list.ts'

/** What is captured of the requests of some routes. What it does not say is as for all. */
export interface CaptureRule {
  /** The route's template, or the path where there is no route; `*` stands for any characters. */
  readonly route: string
  readonly requestHeaders?: boolean | undefined
  readonly responseHeaders?: boolean | undefined
  readonly query?: boolean | undefined
  readonly requestBody?: boolean | undefined
  readonly responseBody?: boolean | undefined
  readonly contentTypes?: readonly string[] | undefined
  /** Text with its unit, or bytes. */
  readonly maxBodyBytes?: string | number | undefined
}

/** What is captured, checked. */
export interface CaptureSettings extends Omit<LoadedReporterOptions['capture'], 'rules'> {
  readonly rules: readonly LoadedCaptureRule[]
}

/** The same, with its size in bytes. */
export interface LoadedCaptureRule extends Omit<CaptureRule, 'maxBodyBytes'> {
  readonly maxBodyBytes?: number | undefined
}

const SWITCHES: readonly string[] = ['requestHeaders', 'responseHeaders', 'query', 'requestBody', 'responseBody']
const FORM: RuleForm = {
  path: 'capture.rules',
  expected: `{ route, ${SWITCHES.join(', ')} (true or false), contentTypes (a list), maxBodyBytes (1 to ${MAX_BODY_BYTES}) }, of which route is needed`,
  wrongKey,
}

/** The settings, and what is wrong with them. */
export function readCaptureOption({ rules, ...all }: LoadedReporterOptions['capture']): {
  readonly settings: CaptureSettings
  readonly problems: readonly Problem[]
} {
  const { rules: read, problems } = readRules<CaptureRule>(rules, FORM)
  const loaded = problems.length > 0 ? [] : read.map(withBytes)
  return { settings: { ...all, rules: loaded }, problems }
}

function wrongKey(rule: Readonly<Record<string, unknown>>): string | undefined {
  const { route, contentTypes, maxBodyBytes, ...others } = rule
  if (typeof route !== 'string') return 'route'
  if (contentTypes !== undefined && !isTexts(contentTypes)) return 'contentTypes'
  if (maxBodyBytes !== undefined && !isBodySize(maxBodyBytes)) return 'maxBodyBytes'
  const wrong = Object.entries(others).find(
    ([name, value]) => !SWITCHES.includes(name) || (value !== undefined && typeof value !== 'boolean'),
  )
  return wrong?.[0]
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string')
}

function isBodySize(value: unknown): boolean {
  try {
    const bytes = typeof value === 'string' ? parseSize(value) : value
    return Number.isSafeInteger(bytes) && Number(bytes) >= 1 && Number(bytes) <= MAX_BODY_BYTES
  } catch {
    return false
  }
}

function withBytes({ maxBodyBytes, ...rule }: CaptureRule): LoadedCaptureRule {
  return { ...rule, maxBodyBytes: typeof maxBodyBytes === 'string' ? parseSize(maxBodyBytes) : maxBodyBytes }
}
