/** The options that only code can give, being functions or objects, or saying where a file is. The reference page shows them in a table of their own. */
import type { RequestHooks, RouteHooks, ServerOption } from './adapters/request-hooks.ts'
import type { reporterOptions } from './option-schema.ts'
import type { ReporterOptions } from './options.ts'

/** What is said of an option that is given in code. */
export interface CodeOption {
  /** Its type, as a user would write it. */
  readonly type: string
  /** What counts when it is not given. */
  readonly default: string
  /** Who takes it. */
  readonly takenBy: string
  readonly doc: string
}

const ADAPTERS = 'every adapter'
const REPORTER = 'createReporter, every adapter'

type OfReporter = Exclude<keyof ReporterOptions, keyof typeof reporterOptions>
type OfRoutes = `routes.*.${keyof RouteHooks<unknown, unknown>}`
type OfAdapters = keyof RequestHooks<unknown, unknown> | OfRoutes | keyof ServerOption | 'reporter'

/** Every one of them: the types of the options decide which there are, and one without a line here does not compile. */
export const codeOptions = {
  configFile: {
    type: 'path',
    default: '`PUMPHOUSE_REPORTER_CONFIG_FILE`, or none',
    takenBy: REPORTER,
    doc: 'A YAML file with any options of the table above.',
  },
  onWarning: {
    type: '(warning: PumphouseError) => void',
    default: '`process.emitWarning`',
    takenBy: REPORTER,
    doc: 'Told once per episode what goes wrong: records dropped, Redis away, a worker lost.',
  },
  reporter: {
    type: 'Reporter',
    default: 'one of its own',
    takenBy: ADAPTERS,
    doc: 'A reporter that somebody else made and will close, in place of the options of one. Several adapters may share it.',
  },
  skip: {
    type: '(request) => boolean',
    default: 'none',
    takenBy: ADAPTERS,
    doc: 'Asked when a request comes: true = make no record of it. `reporter.update({ skip })` takes its place.',
  },
  username: {
    type: '(request) => string | undefined',
    default: 'none',
    takenBy: ADAPTERS,
    doc: 'Asked when the response has closed: who the request came from. `setConsumer(request, …)` goes before it.',
  },
  enrich: {
    type: '(request, response) => fields | undefined',
    default: 'none',
    takenBy: ADAPTERS,
    doc: 'Asked when the response has closed: fields to add to the record, or to put in place of what is there. Koa and Hono are asked with their context alone.',
  },
  routes: {
    type: '{ [route]: { skip, username, enrich } }',
    default: 'none',
    takenBy: ADAPTERS,
    doc: 'Otherwise for some routes, by the template, or by the path where no route matched; `*` stands for any characters. The first that matches counts, and what it does not say is as above.',
  },
  'routes.*.skip': {
    type: 'boolean',
    default: '`false`',
    takenBy: ADAPTERS,
    doc: 'true = make no record of the requests of the route.',
  },
  'routes.*.username': {
    type: 'like `username`',
    default: '`username`',
    takenBy: ADAPTERS,
    doc: 'In place of `username` for the requests of the route.',
  },
  'routes.*.enrich': {
    type: 'like `enrich`',
    default: '`enrich`',
    takenBy: ADAPTERS,
    doc: 'In place of `enrich` for the requests of the route.',
  },
  server: {
    type: 'boolean',
    default: '`false`',
    takenBy: 'Fastify, NestJS',
    doc: 'Record also what reaches none of the hooks of the framework: requests that cannot be read, an unknown Expect, upgrades and CONNECT. The hooks are not asked about these. Elsewhere: `instrument(server, { reporter })`.',
  },
} as const satisfies Record<OfReporter | OfAdapters, CodeOption>

/** They as a Markdown table, a line each. */
export function renderCodeOptionsReference(): string {
  const rows = Object.entries<CodeOption>(codeOptions).map(([name, option]) => [
    `\`${name}\``,
    option.type.startsWith('like') ? option.type : `\`${option.type}\``,
    option.default,
    option.takenBy,
    option.doc,
  ])
  const table = [['option', 'type', 'default', 'taken by', 'meaning'], ['---', '---', '---', '---', '---'], ...rows]
  return table.map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}
