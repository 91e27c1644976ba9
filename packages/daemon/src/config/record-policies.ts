/** From the loaded options of a pump to what is done with its records. What an option leaves as it is, is not in it. */

import type { OptionValues, Problem } from '@pumphouse/options'
import { readFieldChoice } from './field-choice.ts'
import { readCondition, readFieldPatterns } from './filters.ts'
import type { pumpOptions } from './options.ts'
import type { Filters, RecordPolicies } from './policies.ts'
import { readRedact } from './redact.ts'

type PumpValues = OptionValues<ReturnType<typeof pumpOptions>>

/** A shorter text could not hold a character and the mark that it was cut. */
const MIN_TRIM_BYTES = 16

/** Reads the policies of the pump at `path`; what is wrong is added to `problems`. */
export function readRecordPolicies(values: PumpValues, path: string, problems: Problem[]): RecordPolicies {
  const { flatten, trim } = values
  const redact = readRedact(values.redact, `${path}.redact`, problems)
  const fields = readFieldChoice(values.fields, values.addTags, `${path}.fields`, problems)
  if (trim.maxBytes > 0 && trim.maxBytes < MIN_TRIM_BYTES) {
    problems.push({
      path: `${path}.trim.maxBytes`,
      found: `${trim.maxBytes}B`,
      expected: `at least ${MIN_TRIM_BYTES}B, or 0`,
    })
  }
  return {
    filters: readFilters(values.filters, `${path}.filters`, problems),
    omitDetailedRecording: values.omitDetailedRecording,
    detailFields: values.detailFields,
    ...(redact === undefined ? {} : { redact }),
    ...(flatten.enabled ? { flatten: { separator: flatten.separator } } : {}),
    ...(fields === undefined ? {} : { fields }),
    ...(trim.maxBytes > 0 ? { trim: { maxBytes: trim.maxBytes, fields: trim.fields } } : {}),
  }
}

function readFilters(
  { include, exclude, where, sample }: PumpValues['filters'],
  path: string,
  problems: Problem[],
): Filters {
  const condition = readCondition(where, `${path}.where`, problems)
  return {
    include: readFieldPatterns(include, `${path}.include`, problems),
    exclude: readFieldPatterns(exclude, `${path}.exclude`, problems),
    ...(condition === undefined ? {} : { where: condition }),
    ...(sample.rate < 1 ? { sample: { rate: sample.rate, by: sample.by } } : {}),
  }
}
