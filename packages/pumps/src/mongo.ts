/**
 * Inserts every record as a document of a MongoDB collection.
 *
 * The `_id` is the record's id, so a redelivered record changes nothing (but for time series, which have no unique _id). Inserts are unordered: a
 * document that the server refuses for good is rejected alone with its reason, its neighbours are stored; what becomes of every answer stands in
 * mongo-failures.ts. Acknowledged means journaled by a majority, unless the url says otherwise.
 */
import { definePump } from './define-pump.ts'
import { createCollections } from './mongo/mongo-collections.ts'
import { type Connected, createMongoConnection } from './mongo/mongo-connection.ts'
import { insertBatch } from './mongo/mongo-insert.ts'
import { collectionNames, collectionWishes, mongoOptions, mongoProblems } from './mongo/mongo-options.ts'
import { createCutLog } from './mongo/mongo-oversize.ts'
import { checkRights } from './mongo/mongo-rights.ts'

export const mongo = definePump({
  type: 'mongo',
  summary: 'Inserts records into a MongoDB collection; the id of each is its _id.',
  idempotent: true,
  notIdempotentIn: 'a time series',
  provenOn: ['SecantusDB 0.7.0b3 (answers as MongoDB 8.2)', 'mongo-java-server 1.47.0'],
  options: mongoOptions,
  validate: mongoProblems,
  create(options, { log }) {
    const connection = createMongoConnection(options.url)
    const names = collectionNames(options)
    const wishes = collectionWishes(options)
    const collections = createCollections(wishes)
    const plan = {
      names,
      dated: wishes.timeSeries !== undefined,
      expireAfterMs: wishes.timeSeries === undefined ? wishes.expireAfterMs : 0,
      onCut: createCutLog(log),
    }
    return {
      async start(signal) {
        await connection.use(signal, async connected => {
          await ping(connected)
          if (names.fixed !== undefined) await collections.ensure(connected, names.fixed)
        })
        log.debug({ collection: options.collection }, 'mongo is ready')
      },
      write: (batch, signal) =>
        connection.use(signal, connected =>
          insertBatch(connected, batch, plan, name => collections.ensure(connected, name)),
        ),
      check: signal =>
        connection.use(signal, async connected => {
          await ping(connected)
          await checkRights(connected, names.fixed ?? '')
          await collections.check(connected, names.fixed)
        }),
      close: () => connection.close(),
    }
  },
})

/** Reaches the primary, logged in: the one that takes writes. */
async function ping({ db }: Connected): Promise<void> {
  await db.command({ ping: 1 }, { readPreference: 'primary' })
}
