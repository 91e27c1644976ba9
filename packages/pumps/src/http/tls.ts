/** What TLS needs to know of us and of the other side: the options of every pump that speaks HTTP, and the files they name. */
import { readFileSync } from 'node:fs'
import type { OptionSchema, OptionValues } from '@pumphouse/options'
import { RetryableError } from '../errors.ts'

/** What stands under `tls`. */
export const tlsOptions = {
  ca: {
    doc: 'PEM file with the authorities that the certificate is checked against, instead of the well-known ones.',
    format: 'string',
    default: null,
    min: 1,
  },
  cert: {
    doc: 'PEM file with our own certificate, for a server that asks for one.',
    format: 'string',
    default: null,
    min: 1,
  },
  key: { doc: 'PEM file with its key.', format: 'string', default: null, min: 1 },
  passphrase: { doc: 'Of the key.', format: 'string', default: null, sensitive: true, min: 1 },
} as const satisfies OptionSchema

/** What a connection is made with. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

/** Reads the files that are named. Throws RetryableError: a file that is missing now can be there at the next start. */
export function readTlsFiles({ ca, cert, key, passphrase }: OptionValues<typeof tlsOptions>): TlsFiles {
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
