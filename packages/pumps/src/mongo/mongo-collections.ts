/**
 * The collections a pump writes to: made as the configuration says when they are not there, indexes included, and looked at when they are.
 *
 *   unknown ── ensure ──▶ made, or found as configured ──▶ known: never asked about again by this pump
 *                └──────▶ RetryableError in words: the server knows no such collection, or the one that is there is another
 *
 * A plain collection is left to the server, which makes it with the first record; only its indexes are made here.
 */
import type { CreateCollectionOptions, CreateIndexesOptions, Db, IndexSpecification } from 'mongodb'
import { RetryableError } from '../errors.ts'
import type { Connected } from './mongo-connection.ts'
import { dropLeftovers, tryOut } from './mongo-probe.ts'
import { mayTryOut } from './mongo-rights.ts'

/** How a collection is to be. */
export interface CollectionWishes {
  /** maxBytes 0 = it is not capped; maxRecords 0 = any number within the bytes. */
  readonly capped: { readonly maxBytes: number; readonly maxRecords: number }
  /** undefined = it is no time series. */
  readonly timeSeries: { readonly metaField: string | undefined; readonly granularity: string } | undefined
  /** 0 = records stay. */
  readonly expireAfterMs: number
  /** Records with an `expireAt` go after that. */
  readonly expires: boolean
  readonly indexes: readonly WishedIndex[]
}

/** One of `indexes`; as MongoDB takes it. */
export interface WishedIndex extends CreateIndexesOptions {
  readonly keys: IndexSpecification
}

export interface Collections {
  /** Sees to a collection once. Throws RetryableError with what is wrong with it, or what the server says. */
  ensure(connected: Connected, name: string): Promise<void>
  /**
   * The same for what is there already, changing nothing. A collection that is not there yet, or whose name depends on the record (undefined), is fine
   * if the server can make it; what the user may not try out shows at start.
   */
  check(connected: Connected, name: string | undefined): Promise<void>
}

/** NamespaceExists: somebody was faster. */
const EXISTS = 48
/** The first release with time series. */
const TIME_SERIES_SINCE = 5
const MS_PER_SECOND = 1000
/** A pump whose names come from a field may see any number of them; beyond this it asks again. */
const MAX_KNOWN = 10_000

export function createCollections(wishes: CollectionWishes): Collections {
  const known = new Set<string>()
  const options = creationOptions(wishes)
  const kind = wishes.timeSeries === undefined ? 'capped' : 'time series'
  const indexes = allIndexes(wishes)

  /** False when it was there already. */
  async function create(db: Db, name: string): Promise<boolean> {
    try {
      await db.createCollection(name, options)
      return true
    } catch (error) {
      if (Reflect.get(Object(error), 'code') === EXISTS) return false
      throw new RetryableError(`mongo: a ${kind} collection "${name}" cannot be made here: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  async function isOfKind(db: Db, name: string): Promise<boolean | undefined> {
    const [found] = await db.listCollections({ name }, { nameOnly: false }).toArray()
    if (found === undefined) return undefined
    if (wishes.timeSeries === undefined) return found.options?.['capped'] === true
    return found.type === 'timeseries' || found.options?.['timeseries'] !== undefined
  }

  /** Throws when the collection is there and is another one than was wished for; `made`: it is there because we asked for it. */
  async function look(db: Db, name: string, made: boolean): Promise<'there' | 'absent'> {
    const isAsWished = await isOfKind(db, name)
    if (isAsWished === undefined) return 'absent'
    if (isAsWished) return 'there'
    throw new RetryableError(
      made
        ? `mongo: this server knows no ${kind} collections: it made a plain one of "${name}"`
        : `mongo: the collection "${name}" is there and is no ${kind} collection; name another one, or drop it`,
    )
  }

  return {
    async ensure({ db, collection }, name) {
      if (known.has(name)) return
      if (options !== undefined) await look(db, name, await create(db, name))
      for (const { keys, ...more } of indexes) {
        try {
          await collection(name).createIndex(keys, more)
        } catch (error) {
          const shown = JSON.stringify(keys)
          throw new RetryableError(`mongo: the index ${shown} of "${name}" cannot be made: ${messageOf(error)}`, {
            cause: error,
          })
        }
      }
      if (known.size >= MAX_KNOWN) known.clear()
      known.add(name)
    },
    async check(connected, name) {
      const { db } = connected
      if (options === undefined) return
      // A user who may not is no worse off than before.
      await dropLeftovers(db).catch(() => undefined)
      if (name !== undefined && (await look(db, name, false)) === 'there') return
      if (wishes.timeSeries !== undefined) await refuseOldServer(db)
      if (!(await mayTryOut(connected))) return
      await tryOut(db, { kind, options, isOfKind: async (where, made) => (await isOfKind(where, made)) === true })
    },
  }
}

async function refuseOldServer(db: Db): Promise<void> {
  const { version } = await db.admin().serverInfo()
  if (Number.parseInt(String(version), 10) >= TIME_SERIES_SINCE) return
  throw new RetryableError(`mongo: this server (${String(version)}) knows no time series: they came with MongoDB 5.0`)
}

function creationOptions({ capped, timeSeries, expireAfterMs }: CollectionWishes): CreateCollectionOptions | undefined {
  if (timeSeries !== undefined) {
    const { metaField, granularity } = timeSeries
    return {
      timeseries: { timeField: 'timestamp', granularity, ...(metaField === undefined ? {} : { metaField }) },
      ...(expireAfterMs === 0 ? {} : { expireAfterSeconds: Math.ceil(expireAfterMs / MS_PER_SECOND) }),
    }
  }
  if (capped.maxBytes === 0) return undefined
  return { capped: true, size: capped.maxBytes, ...(capped.maxRecords === 0 ? {} : { max: capped.maxRecords }) }
}

function allIndexes({ indexes, expires, expireAfterMs, timeSeries }: CollectionWishes): readonly WishedIndex[] {
  const isExpiring = timeSeries === undefined && (expires || expireAfterMs > 0)
  return isExpiring ? [...indexes, { keys: { expireAt: 1 }, expireAfterSeconds: 0 }] : indexes
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
