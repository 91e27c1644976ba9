/** Where `npm test` puts Elasticsearch, OpenSearch and the Java they run on, and what both are started with. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { readTestConfig } from '../config.ts'
import { ask } from './ask.ts'
import { ServerUnavailable } from './server-unavailable.ts'

/** How a search server is started for a test. */
export interface SearchServerOptions {
  /** Lines of elasticsearch.yml or opensearch.yml. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  /** Memory of the Java heap; the process takes some 250 MB more. Default: what tests need. */
  readonly heapMiB?: number
}

const DEFAULT_HEAP_MIB = 256
/** From an empty folder to the first answer it takes 4 to 9 s of two idle cores. */
export const SEARCH_START_TIMEOUT_MS = 180_000

/** Files of a server. Ends in ServerUnavailable when they or a Java are not there. */
export function findSearchServer(name: string): { readonly folder: string; readonly javaHome: string } {
  const { serversFolder } = readTestConfig()
  const folder = join(serversFolder, name)
  try {
    accessSync(folder, constants.R_OK)
    return { folder, javaHome: realpathSync(join(serversFolder, 'jdk')) }
  } catch (error) {
    throw new ServerUnavailable(`no ${name} at ${folder}; \`npm test\` fetches it where Java 21 and Maven are`, {
      cause: error,
    })
  }
}

/** Options of Java for a small server that starts soon: tests are short, so its best compiler and collector cost more than they give. */
export function javaOptions(heapMiB: number = DEFAULT_HEAP_MIB): readonly string[] {
  return [`-Xms${heapMiB}m`, `-Xmx${heapMiB}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
}

/** Lines of YAML; a value in JSON is one in YAML too. */
export function yamlLines(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('')
}

/** Whether a server answers over HTTP; that it asks for a password is an answer too. */
export function answersHttp(port: number): Promise<boolean> {
  const question = Buffer.from('GET /_cluster/health?wait_for_status=yellow HTTP/1.0\r\n\r\n')
  return ask(port, question, reply => {
    const status = reply.toString('latin1').split(' ', 2)[1]
    return status === undefined ? undefined : status === '200' || status === '401'
  })
}
