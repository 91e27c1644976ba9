/** The options of the mongo pump, and what is wrong with some of them together. */
import { describeFound, isMapping, type OptionSchema, type OptionValues, type Problem } from '@pumphouse/options'
import { type NamePattern, readNamePattern } from '../name-pattern.ts'
import type { CollectionWishes, WishedIndex } from './mongo-collections.ts'

export const mongoOptions = {
  url: {
    doc: 'Where the deployment is, with the database in its path and any option of the driver (TLS, authentication, write concern). Default write concern: w=majority&journal=true.',
    format: 'string',
    default: null,
    required: true,
    sensitive: true,
    example: 'mongodb://127.0.0.1:27017/analytics',
  },
  collection: {
    doc: 'The collection; it is made with the first record. {yyyy-MM-dd}, or {date}, stands for the date of the record in UTC, {orgId} for what that field of it holds.',
    format: 'string',
    default: 'requests',
    min: 1,
  },
  capped: {
    maxBytes: {
      doc: 'Make the collection a capped one of this size: the oldest records go when it is full. 0 = it is not capped.',
      format: 'size',
      default: 0,
    },
    maxRecords: { doc: 'Records in it at most; 0 = as many as fit.', format: 'integer', default: 0, min: 0 },
  },
  timeSeries: {
    enabled: {
      doc: 'Make the collection a time series by `timestamp`, which is then a date (MongoDB 5 or newer). It has no unique _id: a record that is delivered again is there twice.',
      format: 'boolean',
      default: false,
    },
    metaField: {
      doc: 'The field that tells the series apart.',
      format: 'string',
      default: null,
      example: 'route',
    },
    granularity: {
      doc: 'How far apart the records of a series are.',
      format: ['seconds', 'minutes', 'hours'],
      default: 'seconds',
    },
  },
  expire: {
    doc: 'Make a TTL index on `expireAt`: the server deletes a record soon after that date. Records without it stay.',
    format: 'boolean',
    default: false,
  },
  expireAfter: {
    doc: 'Let the server delete a record so long after its timestamp. Its own `expireAt` goes before. 0 = it stays.',
    format: 'duration',
    default: 0,
  },
  indexes: {
    doc: 'Indexes to make, as MongoDB takes them: keys, and options such as unique, sparse, name, partialFilterExpression.',
    format: 'json',
    default: [],
    example: [{ keys: { timestamp: -1 } }, { keys: { traceId: 1 }, sparse: true }],
  },
} as const satisfies OptionSchema

export type MongoOptions = OptionValues<typeof mongoOptions>

const WITH_DATABASE = /^mongodb(\+srv)?:\/\/[^/]+\/[^/?]+(\?|$)/
/** A namespace may have 255 bytes, the database included. */
const MAX_NAME_BYTES = 120
const MAX_PART_CHARACTERS = 60

/** Everything that is wrong, without I/O. */
export function mongoProblems(options: MongoOptions): readonly Problem[] {
  const { url, collection, capped, timeSeries, expire, expireAfter, indexes } = options
  const problems: Problem[] = []
  const refuse = (path: string, found: string, expected: string): void => {
    problems.push({ path, found, expected })
  }
  // The driver would write to a database named `test` when the url names none.
  if (!WITH_DATABASE.test(url))
    refuse('url', 'another text (not shown)', 'a url with a database, such as mongodb://host:27017/analytics')
  const pattern = readNamePattern(collection, legalPart)
  if (typeof pattern === 'string') refuse('collection', `a name ${pattern}`, 'a name such as requests_{date}')
  else if (!isLegalName(collection))
    refuse('collection', 'a name that no collection can have', `no $, not system., at most ${MAX_NAME_BYTES} bytes`)
  const isCapped = capped.maxBytes > 0
  if (capped.maxRecords > 0 && !isCapped)
    refuse('capped.maxRecords', 'a number of records alone', 'capped.maxBytes beside it')
  if (isCapped && timeSeries.enabled) refuse('capped', 'capped and a time series', 'one of the two')
  if (isCapped && (expire || expireAfter > 0))
    refuse(expire ? 'expire' : 'expireAfter', 'an expiry of a capped collection', 'one of the two')
  if (timeSeries.enabled && expire) refuse('expire', 'expireAt in a time series', 'expireAfter')
  const wrong = indexProblem(indexes)
  if (wrong !== undefined) refuse('indexes', wrong, 'a list such as [{ keys: { traceId: 1 }, unique: true }]')
  return problems
}

/** The names of the collections of a configuration without problems. */
export function collectionNames({ collection }: MongoOptions): NamePattern {
  const pattern = readNamePattern(collection, legalPart)
  return typeof pattern === 'string' ? { fixed: collection, nameOf: () => collection } : pattern
}

/** How its collections are to be. */
export function collectionWishes(options: MongoOptions): CollectionWishes {
  const { capped, timeSeries, expire, expireAfter, indexes } = options
  const { enabled, metaField, granularity } = timeSeries
  return {
    capped,
    timeSeries: enabled ? { metaField, granularity } : undefined,
    expires: expire,
    expireAfterMs: expireAfter,
    indexes: indexes as readonly WishedIndex[],
  }
}

/** What a field holds may come from anybody: it cannot lead out of the name, nor make it too long. */
function legalPart(value: string): string {
  return value.slice(0, MAX_PART_CHARACTERS).replace(/[^A-Za-z0-9_.-]/g, '_')
}

function isLegalName(name: string): boolean {
  return !/[$\0]|^system\./.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES
}

function indexProblem(indexes: unknown): string | undefined {
  if (!Array.isArray(indexes)) return describeFound(indexes)
  const wrong = indexes.find(
    index => !isMapping(index) || !isMapping(index['keys']) || Object.keys(index['keys']).length === 0,
  )
  return wrong === undefined ? undefined : 'an index without keys'
}
