/** Runtimes of JavaScript other than Node, which `npm test` installs for the tests. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readTestConfig } from './config.ts'
import { ServerUnavailable } from './servers/server-unavailable.ts'

export type RuntimeName = 'bun' | 'deno'

/** To be started with a file: `spawn(program, [...flags, file])`. */
export interface Runtime {
  readonly program: string
  readonly flags: readonly string[]
  /** There is nothing to stop: tests ask for it as for a server. */
  stop(): Promise<void>
}

const FLAGS: Readonly<Record<RuntimeName, readonly string[]>> = { bun: ['run'], deno: ['run', '--allow-all'] }

/** Rejects with ServerUnavailable when it was not installed. */
export async function findRuntime(name: RuntimeName): Promise<Runtime> {
  const program = join(readTestConfig().serversFolder, `${name}-program`)
  try {
    accessSync(program, constants.X_OK)
  } catch (error) {
    throw new ServerUnavailable(`no ${name} at ${program}; \`npm test\` installs it`, { cause: error })
  }
  return { program, flags: FLAGS[name], stop: async () => undefined }
}
