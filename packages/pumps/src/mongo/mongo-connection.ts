/**
 * One connection to a MongoDB deployment that can be cut. The driver has no working time limit for an insert; closing its client
 * ends what it is doing. So when the signal of a call aborts, the client is thrown away and the next call makes a new one.
 */
import { maskPasswords } from '@pumphouse/options'
import type { Collection, Db, MongoClient, MongoClientOptions } from 'mongodb'
import { RetryableError } from '../errors.ts'
import { knownFailureInWords } from '../http/connection-failure.ts'
import { unlessAborted } from '../unless-aborted.ts'

export type Driver = typeof import('mongodb')

/** What a call works with. */
export interface Connected {
  readonly driver: Driver
  readonly client: MongoClient
  readonly db: Db
  /** A collection of the database, written to as the url says. No I/O. */
  collection(name: string): Collection
}

export interface MongoConnection {
  /** Connects if need be and runs `work`. Throws the signal's reason as soon as it aborts, and `work` is cut off; else what failed, retryable. */
  use<T>(signal: AbortSignal, work: (connected: Connected) => Promise<T>): Promise<T>
  /** Ends what runs, releases every socket. Safe twice. */
  close(): Promise<void>
}

/** The driver waits 30 s for a server by default and says nothing meanwhile; its error names the cause, so let it come early. */
const SERVER_SELECTION_TIMEOUT_MS = 5_000
/** Also bounds how long a monitor waits on a server that has gone silent. */
const CONNECT_TIMEOUT_MS = 5_000
/** Closing says goodbye to a server that may no longer answer. After this the driver goes on alone. */
const CLOSE_TIMEOUT_MS = 3_000

const OPTION_NAMES = {
  ca: 'tlsCAFile in the url',
  cert: 'tlsCertificateKeyFile in the url',
  plain: 'does the url say tls=true to one that does not?',
}

export function createMongoConnection(url: string): MongoConnection {
  let current: Promise<Connected> | undefined
  let closed = false

  const connect = async (): Promise<Connected> => {
    const driver = await import('mongodb')
    const client = new driver.MongoClient(url, clientOptions(url))
    const { writeConcern } = client.options
    if (writeConcern?.w === 0) throw new RetryableError('the url says w=0: then nobody learns what was written')
    try {
      await client.connect()
      // Unless the url says otherwise: acknowledged means on the disk of most members.
      const options = { writeConcern: writeConcern ?? { w: 'majority', journal: true } }
      const db = client.db()
      return { driver, client, db, collection: name => db.collection(name, options) }
    } catch (error) {
      discard(client)
      throw error
    }
  }

  const drop = (connecting: Promise<Connected>): Promise<void> => {
    if (current === connecting) current = undefined
    return connecting.then(
      ({ client }) => client.close(true),
      () => undefined,
    )
  }

  return {
    async use(signal, work) {
      signal.throwIfAborted()
      if (closed) throw new RetryableError('the pump is closed')
      current ??= connect()
      const connecting = current
      try {
        return await unlessAborted(connecting.then(work), signal)
      } catch (error) {
        if (signal.aborted) void drop(connecting).catch(() => undefined)
        // A connection that never came to be is tried anew.
        else await connecting.catch(() => drop(connecting))
        throw signal.aborted ? signal.reason : asRetryable(error)
      }
    },
    async close() {
      closed = true
      if (current === undefined) return
      await Promise.race([drop(current).catch(() => undefined), pause(CLOSE_TIMEOUT_MS)])
    },
  }
}

function asRetryable(error: unknown): Error {
  if (error instanceof RetryableError) return error
  const message = maskPasswords(error instanceof Error ? error.message : String(error))
  const words = knownFailureInWords(error, OPTION_NAMES)
  return new RetryableError(`mongo: ${words === undefined ? '' : `${words}: `}${message}`, { cause: error })
}

function discard(client: MongoClient): void {
  void client.close(true).catch(() => undefined)
}

/** What the url does not say itself. */
function clientOptions(url: string): MongoClientOptions {
  const defaults = {
    appName: 'pumphouse',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
  }
  const query = url.split('?')[1]?.toLowerCase() ?? ''
  const given = new Set(query.split('&').map(pair => pair.split('=')[0]))
  const missing = Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase()))
  return { ...Object.fromEntries(missing), ignoreUndefined: true }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}
