/**
 * The first look at values from a file or from code, before convict sees them: unknown keys and wrong types are refused here,
 * since convict would turn the text "5" into a number without a word.
 */

import { formatOf } from './formats.ts'
import { nearest } from './nearest.ts'
import { describeFound, type Problem } from './problems.ts'
import { isField, type OptionField, type OptionSchema } from './schema.ts'

type Values = Readonly<Record<string, unknown>>

export interface GivenValues {
  /** What passed, in the shape of the schema. */
  readonly accepted: Values
  /** As it was written, by path; what was refused included. */
  readonly raw: ReadonlyMap<string, unknown>
  readonly problems: readonly Problem[]
}

/** Sorts what is given into what the schema knows and what is wrong with the rest. */
export function readGivenValues(schema: OptionSchema, values: unknown): GivenValues {
  const raw = new Map<string, unknown>()
  const problems: Problem[] = []

  function readSection(section: OptionSchema, value: unknown, path: string): Values {
    // A section whose every line is commented out is null in YAML.
    if (value === undefined || value === null) return {}
    if (!isMapping(value)) {
      // Not its text: a secret may have been written a level too high.
      const found = typeof value === 'string' ? 'a text' : describeFound(value)
      problems.push({ path, found, expected: `a mapping of ${Object.keys(section).join(', ')}` })
      return {}
    }
    const accepted: Record<string, unknown> = {}
    for (const [name, given] of Object.entries(value)) {
      const place = path === '' ? name : `${path}.${name}`
      const node = Object.hasOwn(section, name) ? section[name] : undefined
      if (node === undefined) problems.push(unknownKey(place, name, Object.keys(section)))
      else if (!isField(node)) accepted[name] = readSection(node, given, place)
      else if (given !== undefined) readField(node, given, place, accepted, name)
    }
    return accepted
  }

  function readField(
    field: OptionField,
    given: unknown,
    path: string,
    accepted: Record<string, unknown>,
    name: string,
  ): void {
    const mayBeAbsent = field.default === null && !field.required
    if (given === null && mayBeAbsent) return
    raw.set(path, given)
    const format = formatOf(field.format)
    if (given !== null && format.accepts(given)) {
      accepted[name] = field.format === 'json' ? [given] : given
    } else {
      const hint = typeHint(field, given)
      const problem = { path, found: describeFound(given, field.sensitive), expected: format.expected(field) }
      problems.push(hint === undefined ? problem : { ...problem, hint })
    }
  }

  return { accepted: readSection(schema, values, ''), raw, problems }
}

/** The problem of a key nobody knows, with the nearest known one. */
export function unknownKey(path: string, name: string, known: readonly string[]): Problem {
  const meant = nearest(name, known)
  const expected = known.length === 0 ? 'no keys here' : `one of ${known.join(', ')}`
  return {
    path,
    found: 'an unknown key',
    expected,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  }
}

function typeHint(field: OptionField, given: unknown): string | undefined {
  const wantsText = field.format === 'string' || field.format === 'url' || Array.isArray(field.format)
  if (wantsText && given === null) return 'a word that YAML takes for nothing (null, ~) must stand in quotes'
  if (wantsText && (typeof given === 'number' || typeof given === 'boolean')) return 'put it in quotes'
  if (field.format === 'strings' && typeof given === 'string') return 'write a list: [a, b]'
  if ((field.format === 'duration' || field.format === 'size') && typeof given === 'number') {
    return field.sensitive
      ? undefined
      : `which unit? ${field.format === 'duration' ? `${given}s, ${given}ms` : `${given}MiB, ${given}B`}`
  }
  const readable = typeof given === 'string' && typeof formatOf(field.format).parse(given) !== 'string'
  return readable ? 'write it without quotes' : undefined
}

/** Whether the value is a mapping, as YAML calls it: neither a list nor a single value. */
export function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
