/** Users, rights and TLS of an Elasticsearch for tests: its file realm, written as its command-line tool would. */
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Certificates } from './certificates.ts'

export interface ElasticsearchUser {
  readonly name: string
  readonly password: string
  /** `writer` may create documents and install templates, `monitor` look at the cluster, and no more. */
  readonly role: 'superuser' | 'writer' | 'monitor'
}

export interface ElasticsearchSecurity {
  readonly users: readonly ElasticsearchUser[]
  /** The server's certificate and the authority it trusts; clients must show one of their own. Default: plain HTTP. */
  readonly tls?: Certificates
}

const ROLES = `
monitor: { cluster: [ monitor ] }
writer:
  cluster: [ monitor, manage_index_templates ]
  indices: [ { names: [ '*' ], privileges: [ create_index, create_doc, auto_configure, view_index_metadata ] } ]
`
/** The server's own, for hashes of this kind. */
const HASH = { iterations: 10_000, saltBytes: 32, keyBytes: 32 }

/** Lines of elasticsearch.yml; copies the files they name into its folder. */
export function securitySettings(
  security: ElasticsearchSecurity | undefined,
  configFolder: string,
): Readonly<Record<string, string | boolean>> {
  if (!security) return { 'xpack.security.enabled': false }
  const users = { 'xpack.security.enabled': true, 'xpack.security.enrollment.enabled': false }
  const { tls } = security
  if (!tls) return users
  for (const [name, file] of Object.entries({ ca: tls.ca, cert: tls.server.cert, key: tls.server.key })) {
    copyFileSync(file, join(configFolder, `${name}.pem`))
  }
  return {
    ...users,
    'xpack.security.http.ssl.enabled': true,
    'xpack.security.http.ssl.certificate': 'cert.pem',
    'xpack.security.http.ssl.key': 'key.pem',
    'xpack.security.http.ssl.certificate_authorities': 'ca.pem',
    'xpack.security.http.ssl.client_authentication': 'required',
  }
}

/** Appends to the files of the realm. The server re-reads them every few seconds. */
export function writeUsers(
  { users }: ElasticsearchSecurity,
  configFolder: string,
  append: (file: string, text: string) => void,
): void {
  append(join(configFolder, 'roles.yml'), ROLES)
  for (const { name, password, role } of users) {
    append(join(configFolder, 'users'), `${name}:${passwordHash(password)}\n`)
    append(join(configFolder, 'users_roles'), `${role}:${name}\n`)
  }
}

function passwordHash(password: string): string {
  const salt = randomBytes(HASH.saltBytes)
  const hash = pbkdf2Sync(password, salt, HASH.iterations, HASH.keyBytes, 'sha512')
  return `{PBKDF2}${HASH.iterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}

/** Whether TLS is spoken there. Who we are is asked after that, so no certificate is needed to hear it. */
export function answersTls(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('error', () => end(false))
  })
}
