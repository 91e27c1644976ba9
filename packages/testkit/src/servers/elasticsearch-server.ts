/**
 * Starts Elasticsearch: the distribution that its own plugins are tested with, the real server with few modules. It has no pipelines, no
 * scripts and no API keys, and GET / answers 405; bulk, templates, data streams, security and TLS are the real ones.
 */
import { appendFileSync, chownSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { chmod, cp, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { answersTls, type ElasticsearchSecurity, securitySettings, writeUsers } from './elasticsearch-security.ts'
import { freePort } from './free-port.ts'
import {
  answersHttp,
  findSearchServer,
  javaOptions,
  SEARCH_START_TIMEOUT_MS,
  type SearchServerOptions,
  yamlLines,
} from './search-servers.ts'
import { type RunningServer, startServer } from './server-process.ts'

export type ElasticsearchVersion = '9.2.0' | '8.19.21'

export interface ElasticsearchOptions extends SearchServerOptions {
  /** Users, rights and TLS; default: none of them. */
  readonly security?: ElasticsearchSecurity
}

/** It refuses to run as root, and this user is nobody's. */
const NOBODY = { uid: 65_534, gid: 65_534 }
/** Lines of jvm.options that point into the shared folder of the program, or that choose another collector. */
const FOREIGN_JVM_LINE = /Xlog:gc|HeapDump|ErrorFile|UseG1GC/
const ANYONE_MAY_ENTER = 0o001

/** Starts one node; its data survive kill() and restart(). Ends in ServerUnavailable when it was not fetched or there is no Java. */
export async function startElasticsearch(
  version: ElasticsearchVersion,
  { settings = {}, heapMiB, security }: ElasticsearchOptions = {},
): Promise<RunningServer> {
  const { folder: files, javaHome } = findSearchServer(`elasticsearch-${version}`)
  const transportPort = await freePort()
  const asRoot = process.getuid?.() === 0
  const homeFor = (folder: string): string =>
    asRoot && !anyoneMayEnter(files) ? join(folder, 'home') : join(files, 'home')
  return startServer({
    name: `elasticsearch-${version}`,
    program: 'env',
    args: (_, folder) => [
      `ES_JAVA_HOME=${javaHome}`,
      `ES_PATH_CONF=${join(folder, 'config')}`,
      `ES_TMPDIR=${join(folder, 'tmp')}`,
      `ES_JAVA_OPTS=${javaOptions(heapMiB).join(' ')}`,
      `HOME=${folder}`,
      ...['bash', join(homeFor(folder), 'bin', 'elasticsearch')],
    ],
    ...(asRoot && { user: NOBODY }),
    async prepare(port, folder) {
      if (homeFor(folder) !== join(files, 'home')) cpSync(join(files, 'home'), homeFor(folder), { recursive: true })
      const config = join(folder, 'config')
      await cp(join(files, 'home', 'config'), config, { recursive: true })
      mkdirSync(join(folder, 'tmp'))
      const jvmOptions = readFileSync(join(config, 'jvm.options'), 'utf8').split('\n')
      writeFileSync(join(config, 'jvm.options'), jvmOptions.filter(line => !FOREIGN_JVM_LINE.test(line)).join('\n'))
      const ours = nodeSettings(port, transportPort, folder)
      const all = { ...ours, ...securitySettings(security, config), ...settings }
      writeFileSync(join(config, 'elasticsearch.yml'), yamlLines(all))
      if (security) writeUsers(security, config, appendFileSync)
      if (asRoot) await giveTo(NOBODY, folder)
    },
    url: port => `${security?.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    answers: security?.tls ? answersTls : answersHttp,
    startTimeoutMs: SEARCH_START_TIMEOUT_MS,
  })
}

function nodeSettings(port: number, transportPort: number, folder: string) {
  return {
    'cluster.name': `test-${port}`,
    'discovery.type': 'single-node',
    'http.host': '127.0.0.1',
    'http.port': port,
    'transport.host': '127.0.0.1',
    'transport.port': transportPort,
    'path.data': join(folder, 'data'),
    'path.logs': join(folder, 'logs'),
    // A test must not depend on how full the disk of its machine is.
    'cluster.routing.allocation.disk.threshold_enabled': false,
  }
}

function anyoneMayEnter(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & ANYONE_MAY_ENTER) === 0) return false
    if (dirname(at) === at) return true
  }
}

async function giveTo({ uid, gid }: typeof NOBODY, folder: string): Promise<void> {
  chownSync(folder, uid, gid)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    chownSync(path, uid, gid)
    if (entry.isFile()) await chmod(path, 0o600)
  }
}
