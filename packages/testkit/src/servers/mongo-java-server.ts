/** Starts mongo-java-server: a second server that speaks the MongoDB protocol, in memory, with other strengths and gaps than the first. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readTestConfig } from '../config.ts'
import { answersMongo } from './mongo-server.ts'
import { type RunningServer, startServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'

const FOLDER = 'mongo-java-1.47.0'
const HEAP = '-Xmx256m'

/**
 * Starts it. It knows no sessions, failpoints, TTL, validators, capped collections or time series, and keeps nothing over a restart. The url
 * has no path: append `/database`. Ends in ServerUnavailable when it was not fetched.
 */
export async function startMongoJava(): Promise<RunningServer> {
  const files = join(readTestConfig().serversFolder, FOLDER)
  const program = join(files, 'jdk', 'bin', 'java')
  try {
    accessSync(program, constants.X_OK)
  } catch (error) {
    throw new ServerUnavailable(
      `no mongo-java-server at ${files}; \`npm test\` fetches it where Java 17 and Maven are`,
      {
        cause: error,
      },
    )
  }
  return startServer({
    name: 'mongo-java',
    program,
    args: port => [HEAP, '-XX:+UseSerialGC', '-cp', join(files, 'lib', '*'), join(files, 'Main.java'), String(port)],
    url: port => `mongodb://127.0.0.1:${port}`,
    answers: answersMongo,
  })
}
