/** The command `pumphouse` without its process: from arguments to exit code. */

import { errorMessage } from '@pumphouse/options'
import { dispatch } from './commands/dispatch.ts'
import { EXIT, type ExitCode } from './commands/exit-codes.ts'
import { readEnvironment } from './config/environment.ts'
import type { HangUps } from './hang-ups.ts'

/** Resolves with the exit code when all is done and said. */
export async function command(args: readonly string[], hangUps: HangUps): Promise<ExitCode> {
  /** A reader that went away (`pumphouse status | head`) is no reason for a stack trace; who writes records learns of it from the write. */
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    return await dispatch(args, {
      env: readEnvironment(),
      print: text => write(process.stdout, text),
      complain: text => write(process.stderr, text),
      hangUps,
    })
  } catch (error) {
    await write(process.stderr, `pumphouse: ${errorMessage(error)}\n`)
    return EXIT.failed
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise(resolve => stream.write(text, () => resolve()))
}
