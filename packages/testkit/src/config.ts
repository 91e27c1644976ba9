import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What the environment says about tests. The only place in this package that reads it. */
export interface TestConfig {
  /** A missing server is then a failure, not a skip. `CI` set to anything but empty, 0 or false. */
  readonly ci: boolean
  /** PUMPHOUSE_TEST_REDIS_SERVER: the program to start instead of what is found on the PATH. */
  readonly redisServer: string | undefined
  /** PUMPHOUSE_TEST_SERVERS: where `npm run setup` put servers that no package manager offers. Default: .cache/servers of the workspace. */
  readonly serversFolder: string
  /** Folders of the PATH. */
  readonly path: readonly string[]
}

export function readTestConfig(): TestConfig {
  const env = process.env
  return {
    ci: !['', '0', 'false'].includes(env['CI'] ?? ''),
    redisServer: env['PUMPHOUSE_TEST_REDIS_SERVER'] || undefined,
    serversFolder: env['PUMPHOUSE_TEST_SERVERS'] || join(workspaceRoot(process.cwd()), '.cache', 'servers'),
    path: (env['PATH'] ?? '').split(':').filter(folder => folder !== ''),
  }
}

/** The nearest folder upwards that holds a pnpm-workspace.yaml; `from` itself when there is none. */
function workspaceRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (dirname(folder) === folder) return from
  }
}
