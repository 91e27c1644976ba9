import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readTestConfig, type TestConfig } from '../config.ts'
import { ask } from './ask.ts'
import { type RunningServer, startServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'

const PROGRAMS = ['redis-server', 'valkey-server']

/**
 * Starts a real Redis: redis-server or valkey-server from the PATH (or PUMPHOUSE_TEST_REDIS_SERVER), without
 * persistence unless `args` say otherwise; they go to the server and win over the defaults. Ends in ServerUnavailable
 * when there is none.
 */
export async function startRedis(args: readonly string[] = []): Promise<RunningServer> {
  return startServer({
    name: 'redis',
    program: findProgram(readTestConfig()),
    args: (port, folder) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
      ...args,
    ],
    url: port => `redis://127.0.0.1:${port}`,
    answers: port => ask(port, Buffer.from('PING\r\n'), readPong),
  })
}

/** Asking for a password is an answer too; LOADING is not: the data are not there yet. */
function readPong(reply: Buffer): boolean | undefined {
  const text = reply.toString('latin1')
  if (!text.includes('\r\n')) return undefined
  return text.startsWith('+PONG') || text.startsWith('-NOAUTH')
}

function findProgram(config: TestConfig): string {
  if (config.redisServer !== undefined) return config.redisServer
  for (const folder of config.path) {
    for (const name of PROGRAMS) {
      const file = join(folder, name)
      if (isExecutable(file)) return file
    }
  }
  throw new ServerUnavailable(
    `neither ${PROGRAMS.join(' nor ')} is on the PATH, and PUMPHOUSE_TEST_REDIS_SERVER is not set`,
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
