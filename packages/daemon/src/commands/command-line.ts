/** What the user typed, taken apart. Anything unknown is answered with the nearest known word. */

import { parseArgs } from 'node:util'
import { nearest } from '@pumphouse/options'
import { LETTER_ACTIONS, type LettersLine, readLettersLine } from './dead-letters/letters-line.ts'

/** The commands, in the order help shows them. */
export const COMMANDS = {
  run: 'run the daemon in the foreground',
  validate: 'check the configuration; list every error with its place',
  'print-config': 'show every option as it came out of file and environment, and where it is from',
  test: 'hold what the policies make of records against what a file expects; needs no server',
  schema: 'print the JSON Schema of pump.yaml, for editors',
  pumps: 'show the types of pumps, or the options of those that are named',
  status: 'show what every pump has got, delivered and still has to deliver',
  'dead-letters': 'list | show | replay | drop what no target took',
  help: 'show this',
  version: 'show the version',
} as const

export type CommandName = keyof typeof COMMANDS

export type CommandLine = CommonLine &
  (
    | { readonly command: 'run' | 'print-config' | 'schema' | 'help' | 'version' }
    | { readonly command: 'validate'; readonly check: boolean }
    | { readonly command: 'test'; readonly files: readonly string[] }
    | { readonly command: 'pumps'; readonly types: readonly string[] }
    | { readonly command: 'status'; readonly show: StatusShow }
    | { readonly command: 'dead-letters'; readonly letters: LettersLine }
  )

interface CommonLine {
  /** Default: pump.yaml in the current folder. */
  readonly configFile: string
  readonly json: boolean
}

/** What `status` shows besides. */
export interface StatusShow {
  readonly partitions: boolean
  readonly rate: boolean
}

/** What cannot be understood, as a sentence. */
export interface UsageProblem {
  readonly problem: string
}

const DEFAULT_CONFIG_FILE = 'pump.yaml'
const DEFAULT_TEST_FILE = 'pump.test.yaml'
const OPTIONS = {
  config: { type: 'string', short: 'c' },
  json: { type: 'boolean' },
  check: { type: 'boolean' },
  partitions: { type: 'boolean' },
  rate: { type: 'boolean' },
  pump: { type: 'string' },
  reason: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  all: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const
/** What every command takes, and what only some do. */
const COMMAND_OPTIONS: Readonly<Record<CommandName, readonly string[]>> = {
  run: ['config'],
  validate: ['config', 'check'],
  'print-config': ['config', 'json'],
  test: ['config'],
  schema: [],
  pumps: ['json'],
  status: ['config', 'json', 'partitions', 'rate'],
  'dead-letters': ['config', 'json', 'pump', 'reason', 'since', 'until', 'limit', 'all'],
  help: [],
  version: [],
}

/** Reads the arguments behind the program's name; `nowMs` is what "2h ago" counts from. */
export function readCommandLine(args: readonly string[], nowMs: number): CommandLine | UsageProblem {
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
  const { config } = values
  const common = {
    configFile: typeof config === 'string' ? config : DEFAULT_CONFIG_FILE,
    json: values['json'] === true,
  }
  if (command === 'dead-letters') {
    const letters = readLettersLine(surplus, values, nowMs)
    return 'problem' in letters ? letters : { command, ...common, letters }
  }
  if (command === 'test') return { command, ...common, files: surplus.length > 0 ? surplus : [DEFAULT_TEST_FILE] }
  if (command === 'pumps') return { command, ...common, types: surplus }
  if (surplus.length > 0 && command !== 'help') return { problem: `"${command}" does not take "${surplus[0]}"` }
  if (command === 'status')
    return { command, ...common, show: { partitions: values['partitions'] === true, rate: values['rate'] === true } }
  if (command === 'validate') return { command, ...common, check: values['check'] === true }
  return { command, ...common }
}

/** The text of `pumphouse help`. */
export function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(name => name.length))
  const commands = Object.entries(COMMANDS).map(([name, does]) => `  ${name.padEnd(width)}  ${does}`)
  const acts = Object.entries(LETTER_ACTIONS).map(([name, does]) => `  ${name.padEnd(width)}  ${does}`)
  return `pumphouse: delivers the analytics set in Redis to its pumps

usage: pumphouse <command> [-c pump.yaml]
       pumphouse test [${DEFAULT_TEST_FILE} …]
       pumphouse pumps [type …]

commands:
${commands.join('\n')}

pumphouse dead-letters <act> [name of a dead letter …]:
${acts.join('\n')}

options:
  -c, --config FILE  the configuration (default: ${DEFAULT_CONFIG_FILE})
  --check            validate: also connect to Redis and to every target
  --json             status, dead-letters, print-config, pumps: as JSON
  --partitions       status: each partition too
  --rate             status: look twice, a second apart, and say how many records a pump finishes in a second
  --pump NAME        dead-letters: only those of this pump
  --reason WORD      dead-letters: only those with this reason
  --since, --until   dead-letters: only those of this time: 2026-11-21T09:00:00Z, or 2h for two hours ago
  --limit NUMBER     dead-letters: no more than so many
  --all              dead-letters drop: without any filter
  -h, --help         show this
  -v, --version      show the version

signals of a running daemon:
  SIGTERM, SIGINT    finish what is under way within shutdownTimeout, hand back the rest, exit 0; a second one ends it at once
  SIGHUP             read the file again, as is done by itself when it changes; an invalid file changes nothing; files that
                     were moved (logrotate) are let go of

exit codes:
  0   done
  1   it failed while running: status found records that are not accounted for, a replay left dead letters behind, a target cannot be
      reached, or a test did not get what it expects
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
