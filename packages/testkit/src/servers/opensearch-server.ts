/**
 * Starts OpenSearch: the real server with most of its modules, in one process; without its security plugin, so without users and TLS, and
 * with the roles of a data node, so that it keeps pipelines and runs none.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The runner takes no port beyond. */
const PORTS = { from: 9_201, to: 9_299 }

/** Starts one node of 3.8.0; its data survive kill() and restart(). Ends in ServerUnavailable when it was not fetched or there is no Java. */
export async function startOpensearch({ settings = {}, heapMiB }: SearchServerOptions = {}): Promise<RunningServer> {
  const { folder: files, javaHome } = findSearchServer('opensearch-3.8.0')
  return startServer({
    name: 'opensearch',
    program: join(javaHome, 'bin', 'java'),
    args: (port, folder) => [
      ...javaOptions(heapMiB),
      ...['--add-modules', 'jdk.incubator.vector', '--enable-native-access=ALL-UNNAMED'],
      ...['-cp', join(files, 'lib', '*'), 'org.codelibs.opensearch.runner.OpenSearchRunner'],
      ...['-basePath', join(folder, 'base'), '-confPath', join(folder, 'config'), '-numOfNode', '1'],
      // The runner adds the number of the node, and numbers start at 1.
      ...['-baseHttpPort', String(port - 1), '-clusterName', `test-${port}`, '-useLogger'],
    ],
    async prepare(_, folder) {
      mkdirSync(join(folder, 'base'))
      mkdirSync(join(folder, 'config'))
      const ours = { 'network.host': '127.0.0.1', 'cluster.routing.allocation.disk.threshold_enabled': false }
      writeFileSync(join(folder, 'config', 'opensearch.yml'), yamlLines({ ...ours, ...settings }))
    },
    freePort: () => freePort(PORTS),
    url: port => `http://127.0.0.1:${port}`,
    answers: answersHttp,
    startTimeoutMs: SEARCH_START_TIMEOUT_MS,
  })
}
