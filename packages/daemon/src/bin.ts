/** The command `pumphouse`. The only file that ends the process. */

import { errorMessage } from '@pumphouse/options'
import { dispatch } from './commands/dispatch.ts'
import { EXIT } from './commands/exit-codes.ts'
import { readEnvironment } from './config/environment.ts'

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise(resolve => stream.write(text, () => resolve()))
}

/** A reader that went away (`pumphouse status | head`) is no reason for a stack trace; who writes records learns of it from the write. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

dispatch(process.argv.slice(2), {
  env: readEnvironment(),
  print: text => write(process.stdout, text),
  complain: text => write(process.stderr, text),
})
  .catch(async error => {
    await write(process.stderr, `pumphouse: ${errorMessage(error)}\n`)
    return EXIT.failed
  })
  .then(code => process.exit(code))
