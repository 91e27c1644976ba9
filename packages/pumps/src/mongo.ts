/**
 * Inserts every record as a document of a MongoDB collection.
 *
 * The `_id` is the record's id, so a redelivered record changes nothing. Inserts are unordered: a document that the server
 * refuses for good (a validator, a unique index, its size) is rejected alone with its reason, its neighbours are stored. Everything that is
 * a matter of the network or of the server's state is retryable. Acknowledged means journaled by a majority, unless the url says otherwise.
 */
import type { Problem } from '@pumphouse/options'
import { definePump } from './define-pump.ts'
import { type Connected, createMongoConnection } from './mongo-connection.ts'
import { insertBatch } from './mongo-insert.ts'

export const mongo = definePump({
  type: 'mongo',
  summary: 'Inserts records into a MongoDB collection, each once: its id is the _id.',
  idempotent: true,
  provenOn: ['SecantusDB 0.7.0b3, which answers as MongoDB 8.2'],
  options: {
    url: {
      doc: 'Where the deployment is, with the database in its path and any option of the driver. Default write concern: w=majority&journal=true.',
      format: 'string',
      default: null,
      required: true,
      sensitive: true,
      example: 'mongodb://127.0.0.1:27017/analytics',
    },
    collection: {
      doc: 'The collection; the server makes it with the first record.',
      format: 'string',
      default: 'requests',
      min: 1,
    },
    expire: {
      doc: 'Make a TTL index on `expireAt`: the server deletes a record soon after that date. Records without it stay.',
      format: 'boolean',
      default: false,
    },
  },
  validate: ({ url }) => urlProblems(url),
  create({ url, collection, expire }, context) {
    const connection = createMongoConnection(url, collection)
    return {
      async start(signal) {
        await connection.use(signal, async connected => {
          await ping(connected)
          if (expire) await connected.collection.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 })
        })
        context.log.debug({ collection, expire }, 'mongo is ready')
      },
      write: (batch, signal) => connection.use(signal, connected => insertBatch(connected, batch)),
      check: signal => connection.use(signal, ping),
      close: () => connection.close(),
    }
  },
})

/** Reaches the primary, logged in: the one that takes writes. */
async function ping({ client }: Connected): Promise<void> {
  await client.db().command({ ping: 1 }, { readPreference: 'primary' })
}

const WITH_DATABASE = /^mongodb(\+srv)?:\/\/[^/]+\/[^/?]+(\?|$)/

/** The driver would write to a database named `test` when the url names none. */
function urlProblems(url: string): readonly Problem[] {
  if (WITH_DATABASE.test(url)) return []
  const expected = 'a url with a database, such as mongodb://host:27017/analytics'
  return [{ path: 'url', found: 'another text (not shown)', expected }]
}
