/** What does a policy cost a record? Compiled as a pipeline compiles it, over frozen records as a decoder makes them. No I/O. */
import { compilePolicy, type RecordPolicies } from '@pumphouse/daemon'
import { measure } from './measure.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const RECORDS = 500
const WARM_UP_ROUNDS = 2_000
const ROUNDS = 4_000
const START_ID = 16 ** 6

const NO_FILTERS = { include: {}, exclude: {} }
const NO_FIELDS = { allow: [], deny: [], rename: {}, set: {}, tags: [] }

function policyCase(name: string, policies: Partial<RecordPolicies>): Case {
  return {
    name,
    async run() {
      const records = Array.from({ length: RECORDS }, (_, i) =>
        Object.freeze({ ...requestRecord(i), id: `69203f00a1b2c3d4e5${(START_ID + i).toString(16).slice(-6)}` }),
      )
      const policy = compilePolicy({
        filters: NO_FILTERS,
        omitDetailedRecording: false,
        detailFields: ['requestBytes', 'responseBytes'],
        ...policies,
      })
      for (let i = 0; i < WARM_UP_ROUNDS; i++) policy(records)
      return measure(ROUNDS * RECORDS, () => {
        for (let i = 0; i < ROUNDS; i++) policy(records)
        return ROUNDS * RECORDS
      })
    },
  }
}

const including = (field: string, pattern: string | { readonly regex: string }): Partial<RecordPolicies> => ({
  filters: { include: { [field]: [pattern] }, exclude: {} },
})
const FEW_USERS = Array.from({ length: 50 }, (_, i) => `user${i}`)

/** Each alone; filters drop nearly all. */
export const policies: Question = {
  question: 'What does a policy cost?',
  baseline: 'filter: one of 50 names, 99 % dropped',
  cases: [
    policyCase('none', {}),
    policyCase('filter: one of 50 names, 99 % dropped', { filters: { include: { username: FEW_USERS }, exclude: {} } }),
    policyCase('filter: a glob, all dropped', including('path', '/internal/*')),
    policyCase(
      'filter: a regular expression, all dropped',
      including('userAgent', { regex: '(?i)bot|crawler|spider' }),
    ),
    policyCase('filter: three conditions, all dropped', {
      filters: {
        ...NO_FILTERS,
        where: {
          all: [
            { fields: { method: ['GET', 'PUT'] } },
            { any: [{ fields: { statusCode: ['6xx'] } }, { fields: { durationMs: [{ min: 1e6 }] } }] },
          ],
        },
      },
    }),
    policyCase('sample: 1 %', { filters: { ...NO_FILTERS, sample: { rate: 0.01, by: 'id' } } }),
    policyCase('omit two details', { omitDetailedRecording: true }),
    policyCase('redact: hash one field', {
      redact: { defaults: false, hash: ['username'], hashKey: '0123456789abcdef' },
    }),
    policyCase('fields: deny two', { fields: { ...NO_FIELDS, deny: ['userAgent', 'host'] } }),
    policyCase('fields: rename one, set one', {
      fields: { ...NO_FIELDS, rename: { statusCode: 'status' }, set: { region: 'eu-1' } },
    }),
    policyCase('flatten, nothing to', { flatten: { separator: '.' } }),
    policyCase('trim, nothing too long', { trim: { maxBytes: 16_384, fields: [] } }),
  ],
  note: 'Records of 15 fields, 500 at a time. Delivered = records looked at.',
}
