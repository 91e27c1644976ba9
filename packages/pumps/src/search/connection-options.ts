/** Who we are to a node: the header of our credentials, and what TLS needs. */
import { readFileSync } from 'node:fs'
import { RetryableError } from '../errors.ts'
import type { SearchOptions } from './options.ts'

/** What a connection is made with. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

/** The value of the header `authorization`, if any. */
export function authorizationOf({ username, password, apiKey, bearer }: SearchOptions): string | undefined {
  if (username !== undefined) return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  if (apiKey !== undefined) return `ApiKey ${apiKey}`
  return bearer === undefined ? undefined : `Bearer ${bearer}`
}

/** Reads the files that are named. Throws RetryableError: a file that is missing now can be there at the next start. */
export function readTlsFiles({ ca, cert, key, passphrase }: SearchOptions['tls']): TlsFiles {
  return {
    ...(ca !== undefined && { ca: readPem('tls.ca', ca) }),
    ...(cert !== undefined && { cert: readPem('tls.cert', cert) }),
    ...(key !== undefined && { key: readPem('tls.key', key) }),
    ...(passphrase !== undefined && { passphrase }),
  }
}

function readPem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new RetryableError(`${option}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    })
  }
}
