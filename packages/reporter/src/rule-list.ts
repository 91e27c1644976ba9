import { describeFound, type Problem } from '@pumphouse/options'

const MAX_RULES = 100

/** The rules of a section, a list in YAML or in code. Nobody may rely on their form when there are problems. */
export interface RuleList<Rule> {
  readonly rules: readonly Rule[]
  readonly problems: readonly Problem[]
}

/** How the rules of a section are. */
export interface RuleForm {
  /** Of the list. */
  readonly path: string
  /** In words, for who wrote it otherwise. */
  readonly expected: string
  /** The first key that cannot stand as it does. */
  wrongKey(rule: Readonly<Record<string, unknown>>): string | undefined
}

/** Reads a list of rules, undefined being an empty one, and says what is wrong with it. */
export function readRules<Rule>(rules: unknown, { path, expected, wrongKey }: RuleForm): RuleList<Rule> {
  const problems: Problem[] = []
  const given: readonly unknown[] = Array.isArray(rules) ? rules : []
  if (rules !== undefined && (!Array.isArray(rules) || rules.length > MAX_RULES)) {
    const found = Array.isArray(rules) ? `${rules.length} rules` : `a ${typeof rules}`
    problems.push({ path, found, expected: `a list of at most ${MAX_RULES} rules` })
  }
  for (const [index, rule] of given.entries()) {
    if (!isRule(rule)) {
      problems.push({ path: `${path}.${index}`, found: describeFound(rule), expected })
      continue
    }
    const wrong = wrongKey(rule)
    if (wrong === undefined) continue
    problems.push({ path: `${path}.${index}.${wrong}`, found: describeFound(rule[wrong]), expected })
  }
  return { rules: given as readonly Rule[], problems }
}

function isRule(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
