import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The package as an application imports it. */
export const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
  readonly elapsedMs: number
}

export interface Program {
  readonly child: ChildProcess
  /** What it printed so far. */
  output(): string
  readonly ended: Promise<Ended>
}

/** A process that does not end is what several of these tests look for. */
const TIMEOUT_MS = 30_000

/** Starts a program in which `createReporter` is there. */
export function start(body: string, flags: readonly string[] = [], timeoutMs = TIMEOUT_MS): Program {
  const program = `import { createReporter } from ${JSON.stringify(entry)}\n${body}`
  return spawned([...flags, '--input-type=module', '-e', program], timeoutMs)
}

/** The same, to its end. */
export async function run(body: string, flags?: readonly string[], timeoutMs?: number): Promise<Ended> {
  return start(body, flags, timeoutMs).ended
}

/** A program in a file of its own, to its end. */
export async function runFile(file: string, args: readonly string[] = [], env = process.env): Promise<Ended> {
  return spawned([file, ...args], TIMEOUT_MS, env).ended
}

function spawned(args: readonly string[], timeoutMs: number, env = process.env): Program {
  return startCommand(process.execPath, args, timeoutMs, env)
}

/** Starts any command. */
export function startCommand(
  command: string,
  args: readonly string[],
  timeoutMs = TIMEOUT_MS,
  env = process.env,
): Program {
  const startedAt = performance.now()
  const child = spawn(command, args, {
    stdio: 'pipe',
    timeout: timeoutMs,
    env,
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    output,
    errors,
    elapsedMs: performance.now() - startedAt,
  }))
  return { child, output: () => output, ended }
}
