import { renderConfigSchema } from '../config/json-schema.ts'
import { readCommandLine, usage } from './command-line.ts'
import { deadLetters } from './dead-letters/dead-letters.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { runExpectations } from './expectations/run-expectations.ts'
import { printConfig } from './print-config.ts'
import { showPumps } from './pumps.ts'
import { run } from './run.ts'
import { status } from './status.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { validate } from './validate.ts'
import { readVersion } from './version.ts'

/** Does what the arguments behind the program's name ask for; resolves with the exit code. */
export async function dispatch(args: readonly string[], surroundings: CommandSurroundings): Promise<ExitCode> {
  const line = readCommandLine(args, Date.now())
  if ('problem' in line) {
    await surroundings.complain(`pumphouse: ${line.problem}\n\n${usage()}`)
    return EXIT.usage
  }
  // The daemon alone knows what to do with one; others end by it, as commands do.
  if (line.command !== 'run') surroundings.hangUps.letGo()
  switch (line.command) {
    case 'run':
      return await run(line.configFile, surroundings)
    case 'validate':
      return await validate(line.configFile, line.check, surroundings)
    case 'print-config':
      return await printConfig(line.configFile, line.json, surroundings)
    case 'test':
      return await runExpectations(line.configFile, line.files, surroundings)
    case 'schema':
      await surroundings.print(renderConfigSchema())
      return EXIT.ok
    case 'pumps':
      return await showPumps(line.types, line.json, surroundings)
    case 'status':
      return await status(line.configFile, line.json, line.show, surroundings)
    case 'dead-letters':
      return await deadLetters(line.configFile, line.letters, line.json, surroundings)
    case 'version':
      await surroundings.print(`${readVersion()}\n`)
      return EXIT.ok
    case 'help':
      await surroundings.print(usage())
      return EXIT.ok
  }
}
