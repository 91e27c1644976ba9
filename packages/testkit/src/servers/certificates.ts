/** Certificates for tests, made by openssl: an authority, what it signed, and one that has expired. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ServerUnavailable } from './server-unavailable.ts'

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  readonly ca: string
  /** For localhost and 127.0.0.1. */
  readonly server: CertificateFiles
  /** The same, expired for a day. */
  readonly expired: CertificateFiles
  readonly client: CertificateFiles
}

const VALID_DAYS = 30

/** Makes them in that folder. Ends in ServerUnavailable when there is no openssl. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name)
  const ca = { cert: file('ca.pem'), key: file('ca.key') }
  const extensions = file('extensions')
  writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  await openssl(
    ...keyArgs(ca.key),
    '-x509',
    '-out',
    ca.cert,
    '-days',
    String(VALID_DAYS),
    '-subj',
    '/CN=test authority',
  )
  const signed = async (name: string, days: number): Promise<CertificateFiles> => {
    const files = { cert: file(`${name}.pem`), key: file(`${name}.key`) }
    const request = file(`${name}.csr`)
    await openssl(...keyArgs(files.key), '-out', request, '-subj', `/CN=${name}`)
    const signing = ['-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-extfile', extensions]
    await openssl('x509', '-req', '-in', request, ...signing, '-days', String(days), '-out', files.cert)
    return files
  }
  return {
    ca: ca.cert,
    server: await signed('server', VALID_DAYS),
    expired: await signed('expired', -1),
    client: await signed('client', VALID_DAYS),
  }
}

function keyArgs(key: string): readonly string[] {
  return ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
}

async function openssl(...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', [...args])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ServerUnavailable('no openssl on the PATH to make certificates with', { cause: error })
  }
}
