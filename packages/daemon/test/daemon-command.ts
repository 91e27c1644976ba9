import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@pumphouse/testkit'

const PROGRAM = fileURLToPath(new URL('../bin/pumphouse.js', import.meta.url))

/** A pump type for the tests: writes JSON lines to `path`, as `mode` says: well, failing, hanging, hanging in close too (stuck), slow, or leaking rejections. */
const TEST_PUMP = `import { appendFileSync } from 'node:fs'
export const pump = {
  type: 'lines', summary: 'For tests.', idempotent: false,
  options: {
    path: { doc: 'File.', format: 'string', default: null, required: true },
    mode: { doc: 'How it behaves.', format: ['well', 'failing', 'hanging', 'stuck', 'slow', 'leaking'], default: 'well' },
  },
  create: ({ path, mode }) => ({
    async write(batch) {
      if (mode === 'failing') throw new Error('target says no')
      if (mode === 'hanging' || mode === 'stuck') {
        appendFileSync(path + '.begun', '')
        await new Promise(() => {})
      }
      if (mode === 'slow') await new Promise(resolve => setTimeout(resolve, 20))
      if (mode === 'leaking') Promise.reject(new Error('leaked'))
      appendFileSync(path, batch.map(record => JSON.stringify(record.n) + '\\n').join(''))
    },
    async close() {
      if (mode === 'stuck') await new Promise(() => {})
    },
  }),
}`

/** The real command, as a child process with a folder of its own. */
export interface DaemonFolder {
  readonly path: string
  /** Writes pump.yaml. */
  configure(yaml: string): void
  /** Records' `n` in the file of a test pump, in its order. */
  written(file: string): number[]
  start(...args: string[]): RunningCommand
  /** The same with further environment variables. */
  startWith(env: Record<string, string>, ...args: string[]): RunningCommand
  /** Ends what still runs, removes the folder. */
  remove(): void
}

export interface RunningCommand {
  readonly process: ChildProcess
  stdout(): string
  stderr(): string
  /** The log's messages so far. */
  messages(): string[]
  /** Log lines as objects. */
  log(): Record<string, unknown>[]
  /** Waits for a log line; returns it. */
  logged(message: string): Promise<Record<string, unknown>>
  exitCode(): Promise<number | null>
}

export function createDaemonFolder(env: Record<string, string> = {}): DaemonFolder {
  const path = mkdtempSync(join(tmpdir(), 'pumphouse-daemon-'))
  const running: RunningCommand[] = []
  writeFileSync(join(path, 'lines.mjs'), TEST_PUMP)
  function start(more: Record<string, string>, args: readonly string[]): RunningCommand {
    const command = startCommand(args, path, { ...env, ...more })
    running.push(command)
    return command
  }
  return {
    path,
    configure: yaml => writeFileSync(join(path, 'pump.yaml'), yaml),
    written(file) {
      try {
        return readFileSync(join(path, file), 'utf8').trimEnd().split('\n').map(Number)
      } catch {
        return []
      }
    },
    start: (...args) => start({}, args),
    startWith: (more, ...args) => start(more, args),
    remove() {
      for (const command of running) command.process.kill('SIGKILL')
      rmSync(path, { recursive: true, force: true })
    },
  }
}

function startCommand(args: readonly string[], cwd: string, env: Record<string, string>): RunningCommand {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const closed = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  const log = () =>
    output.stderr
      .split('\n')
      .filter(line => line.startsWith('{') && line.endsWith('}'))
      .map(line => JSON.parse(line) as Record<string, unknown>)
  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    log,
    messages: () => log().map(line => String(line['msg'])),
    logged: message => until(`the log line "${message}"`, () => log().find(line => line['msg'] === message)),
    exitCode: () => closed,
  }
}
