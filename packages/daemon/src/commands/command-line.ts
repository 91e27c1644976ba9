/** What the user typed, taken apart. Anything unknown is answered with the nearest known word. */

import { parseArgs } from 'node:util'
import { nearest } from '@pumphouse/options'

/** The commands, in the order help shows them. */
export const COMMANDS = {
  run: 'run the daemon in the foreground',
  validate: 'check the configuration; list every error with its place',
  status: 'show what every pump has got, delivered and still has to deliver',
  help: 'show this',
  version: 'show the version',
} as const

export type CommandName = keyof typeof COMMANDS

export interface CommandLine {
  readonly command: CommandName
  /** Default: pump.yaml in the current folder. */
  readonly configFile: string
  readonly json: boolean
}

/** What cannot be understood, as a sentence. */
export interface UsageProblem {
  readonly problem: string
}

const DEFAULT_CONFIG_FILE = 'pump.yaml'
const OPTIONS = {
  config: { type: 'string', short: 'c' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const
/** What every command takes, and what only some do. */
const COMMAND_OPTIONS: Readonly<Record<CommandName, readonly string[]>> = {
  run: ['config'],
  validate: ['config'],
  status: ['config', 'json'],
  help: [],
  version: [],
}

/** Reads the arguments behind the program's name. */
export function readCommandLine(args: readonly string[]): CommandLine | UsageProblem {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const [word, ...surplus] = positionals
  const command = values['help'] || word === undefined ? 'help' : word
  if (values['version'] === true) return { command: 'version', configFile: DEFAULT_CONFIG_FILE, json: false }
  if (!isCommand(command))
    return { problem: `unknown command "${command}"${suggestion(command, Object.keys(COMMANDS))}` }

  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(OPTIONS, token.name)) {
      return { problem: `unknown option ${token.rawName}${suggestion(token.name, Object.keys(OPTIONS), '--')}` }
    }
    const { type } = OPTIONS[token.name as keyof typeof OPTIONS]
    if (type === 'string' && !token.value) return { problem: `${token.rawName} needs a value` }
    if (type === 'boolean' && token.value !== undefined) return { problem: `${token.rawName} takes no value` }
    const known = command === 'help' || COMMAND_OPTIONS[command].includes(token.name)
    if (!known) return { problem: `"${command}" does not take ${token.rawName}` }
  }
  if (surplus.length > 0 && command !== 'help') return { problem: `"${command}" does not take "${surplus[0]}"` }
  const { config } = values
  return {
    command,
    configFile: typeof config === 'string' ? config : DEFAULT_CONFIG_FILE,
    json: values['json'] === true,
  }
}

/** The text of `pumphouse help`. */
export function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(name => name.length))
  const commands = Object.entries(COMMANDS).map(([name, does]) => `  ${name.padEnd(width)}  ${does}`)
  return `pumphouse: delivers the analytics set in Redis to its pumps

usage: pumphouse <command> [-c pump.yaml]

commands:
${commands.join('\n')}

options:
  -c, --config FILE  the configuration (default: ${DEFAULT_CONFIG_FILE})
  --json             status: as JSON instead of a table
  -h, --help         show this
  -v, --version      show the version

signals of a running daemon:
  SIGTERM, SIGINT    finish what is under way within shutdownTimeout, hand back the rest, exit 0; a second one ends it at once
  SIGHUP             read the file again; an invalid file changes nothing

exit codes:
  0   done
  1   it failed while running, or status found that records are not accounted for
  64  the command line cannot be understood
  78  the configuration cannot be used
`
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word)
}

function suggestion(typed: string, known: readonly string[], prefix = ''): string {
  const meant = nearest(typed, known)
  return meant === undefined ? '' : `; did you mean "${prefix}${meant}"?`
}
