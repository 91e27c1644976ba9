/**
 * Starts a server that speaks the MongoDB protocol. It is SecantusDB, which is GPL-2.0: a program that tests start as
 * it was installed by `npm test`, never a part of what is published.
 */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readTestConfig } from '../config.ts'
import { ask } from './ask.ts'
import { type RunningServer, startServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'

/**
 * Starts a server that speaks the MongoDB protocol, as a replica set of one node with failpoints enabled; its data
 * survive kill() and restart(). `args` go to the server. The url has no path: append `/database`. Ends in ServerUnavailable when it is not installed.
 */
export async function startMongo(args: readonly string[] = []): Promise<RunningServer> {
  const program = join(readTestConfig().serversFolder, 'mongodb', 'bin', 'secantusd-py')
  try {
    accessSync(program, constants.X_OK)
  } catch {
    throw new ServerUnavailable(`no MongoDB server at ${program}; \`npm test\` installs it where Python 3.10–3.13 is`)
  }
  return startServer({
    name: 'mongo',
    program,
    args: (port, folder) => [
      ...['--host', '127.0.0.1', '--port', String(port), '--storage-path', join(folder, 'data')],
      ...['--enable-test-commands', '--log-level', 'WARNING'],
      ...args,
    ],
    url: port => `mongodb://127.0.0.1:${port}`,
    answers: answersMongo,
  })
}

/** Whether somebody who speaks the MongoDB protocol answers there. */
export function answersMongo(port: number): Promise<boolean> {
  return ask(port, HELLO, reply => (reply.length >= HEADER_BYTES ? true : undefined))
}

/** Length, request id, response-to and opcode: whoever sends these back understood the question. */
const HEADER_BYTES = 16
const OP_MSG = 2013
/** The document { hello: 1, $db: "admin" } in BSON. */
const HELLO_DOCUMENT = Buffer.from('\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0', 'latin1')
const HELLO = helloMessage()

function helloMessage(): Buffer {
  const flagsAndKind = 5
  const message = Buffer.alloc(HEADER_BYTES + flagsAndKind + HELLO_DOCUMENT.length)
  message.writeInt32LE(message.length, 0)
  message.writeInt32LE(1, 4)
  message.writeInt32LE(OP_MSG, 12)
  HELLO_DOCUMENT.copy(message, HEADER_BYTES + flagsAndKind)
  return message
}
