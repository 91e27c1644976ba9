/** The options of the policies that choose and change records. What they do is said in docs/guides/policies.md. */

import type { OptionSchema } from '@pumphouse/options'
import { DETAIL_FIELDS, redactOptions } from '@pumphouse/record'

/** Those that can stand at the top level, for every pump. */
export const sharedRecordOptions = {
  omitDetailedRecording: {
    doc: 'Deliver records without their bulky fields, the ones detailFields names.',
    format: 'boolean',
    default: false,
  },
  detailFields: { doc: 'What omitDetailedRecording leaves out.', format: 'strings', default: DETAIL_FIELDS },
  redact: {
    ...redactOptions,
    // Reporters do that already, and what nobody asks for costs nothing here.
    defaults: { ...redactOptions.defaults, default: false },
  },
  flatten: {
    enabled: {
      doc: 'Bring the fields of mappings to the top: { request: { method: GET } } becomes { request.method: GET }. Lists stay.',
      format: 'boolean',
      default: false,
    },
    separator: { doc: 'What stands between the names.', format: 'string', default: '.', min: 1, max: 8 },
  },
  trim: {
    maxBytes: {
      doc: 'Texts that are longer, in UTF-8, are cut between two characters and end in …; bytes are cut. 0 = none are.',
      format: 'size',
      default: 0,
      max: 16 * 1024 * 1024,
    },
    fields: {
      doc: 'Only in these fields, with all that is in them. Empty = in every field.',
      format: 'strings',
      default: [],
    },
  },
} as const satisfies OptionSchema

/** Those that only a pump has. */
export const ownRecordOptions = {
  filters: {
    include: {
      doc: 'Only records whose every named field matches one of its patterns: a value, 2xx, 500-599, text with *, { regex: … }, { min: …, max: … }, { exists: true }, { not: [ … ] }.',
      format: 'json',
      default: {},
      example: { statusCode: ['2xx', 404, '500-599'], method: ['GET', 'POST'] },
    },
    exclude: {
      doc: 'No records of which any named field matches one of its patterns. Exclude wins over include and where.',
      format: 'json',
      default: {},
      example: { username: ['probe'], path: ['/internal/*', { regex: '^/v\\d+/health' }] },
    },
    where: {
      doc: 'Only records of which this is so: fields with patterns, all of which match, or { all: [ … ] }, { any: [ … ] }, { not: { … } } of such.',
      format: 'json',
      default: null,
      example: { any: [{ statusCode: ['5xx'] }, { durationMs: [{ min: 1000 }] }] },
    },
    sample: {
      rate: {
        doc: 'The part of the records that is kept, of those that pass; the weight of what is kept grows accordingly. The others count as filtered.',
        format: 'number',
        default: 1,
        min: 0,
        max: 1,
      },
      by: {
        doc: 'The field that decides: records in which it is the same are kept or not together.',
        format: 'string',
        default: 'id',
        min: 1,
        example: 'traceId',
      },
    },
  },
  fields: {
    allow: {
      doc: 'Only these fields, and the id; * stands for any run of characters. Empty = all.',
      format: 'strings',
      default: [],
    },
    deny: {
      doc: 'Not these fields; deny wins over allow.',
      format: 'strings',
      default: [],
      example: ['userAgent', 'x-*'],
    },
    rename: {
      doc: 'Old name: new name. A field that has the new name already gives way.',
      format: 'json',
      default: {},
      example: { statusCode: 'status' },
    },
    set: {
      doc: 'Fields that every record gets, whatever it had under that name.',
      format: 'json',
      default: {},
      example: { region: 'eu-1' },
    },
  },
  addTags: {
    doc: 'What is added to the tags of every record.',
    format: 'strings',
    default: [],
    example: ['production'],
  },
} as const satisfies OptionSchema
