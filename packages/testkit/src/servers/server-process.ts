/**
 * Runs one real server for a test: own free port, own temporary folder, readiness asked for in the server's own
 * protocol. Every process has a watchdog, a shell that blocks on a pipe from this process: when this process ends, by
 * whatever means (SIGKILL included), the pipe closes and the shell ends the server and removes its folder.
 *
 * States: running → (stop) gone | (kill) dead → (restart) running. freeze and thaw keep it running.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../until.ts'
import { freePort } from './free-port.ts'
import { groupHasStopped } from './stopped-group.ts'

/** A real server started for a test, on its own free port of 127.0.0.1 and in its own folder. */
export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Its own folder: data and log. */
  readonly folder: string
  /** SIGTERM, then SIGKILL; removes the folder. Safe twice. */
  stop(): Promise<void>
  /** SIGKILL, keeps the folder. */
  kill(): Promise<void>
  /** Starts it again on the same port and folder (kills it first if it runs). */
  restart(): Promise<void>
  /** SIGSTOP. Resolves when every thread of the server has stopped (at once where there is no /proc to see it in). */
  freeze(): Promise<void>
  /** SIGCONT. */
  thaw(): void
}

/** How to start one kind of server. */
export interface ServerRecipe {
  readonly name: string
  readonly program: string
  args(port: number, folder: string): readonly string[]
  url(port: number): string
  /** Resolves true when the server answers in its protocol. May throw while it does not. */
  answers(port: number): Promise<boolean>
  /** A port for it. Default: any free one. */
  freePort?(): Promise<number>
  /** Writes what it needs into its folder, once, before it is started first. */
  prepare?(port: number, folder: string): Promise<void>
  /** Whom it runs as, for what refuses root. Default: us. */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Default 30 s. */
  readonly startTimeoutMs?: number
}

/** A cold interpreter on a busy machine takes a few seconds; a server that takes longer is broken. */
const START_TIMEOUT_MS = 30_000
/** After this long without ending by itself a server is killed: what it still flushes is of no use to a test. */
const STOP_TIMEOUT_MS = 5_000
/** The port is free when we look, but somebody else can take it before the server does. */
const PORT_ATTEMPTS = 3
const WATCHDOG = 'if read -r line; then exit 0; fi; kill -9 "-$1" 2>/dev/null; rm -rf "$2"'

export async function startServer(recipe: ServerRecipe): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), `pumphouse-${recipe.name}-`))
    const port = await (recipe.freePort ?? freePort)()
    try {
      await recipe.prepare?.(port, folder)
      return runningServer(recipe, port, folder, await startProcess(recipe, port, folder))
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      if (attempt === PORT_ATTEMPTS) throw error
    }
  }
}

interface ServerProcess {
  readonly pid: number
  readonly ended: Promise<void>
  signal(name: NodeJS.Signals): void
}

function runningServer(recipe: ServerRecipe, port: number, folder: string, first: ServerProcess): RunningServer {
  let current = first
  const kill = (): Promise<void> => {
    current.signal('SIGKILL')
    return current.ended
  }
  return {
    url: recipe.url(port),
    port,
    folder,
    get pid() {
      return current.pid
    },
    async stop() {
      current.signal('SIGCONT')
      current.signal('SIGTERM')
      const timer = setTimeout(() => current.signal('SIGKILL'), STOP_TIMEOUT_MS)
      await current.ended
      clearTimeout(timer)
      await rm(folder, { recursive: true, force: true })
    },
    kill,
    async restart() {
      await kill()
      current = await startProcess(recipe, port, folder)
    },
    async freeze() {
      current.signal('SIGSTOP')
      await until(`${recipe.name} has stopped`, () => groupHasStopped(current.pid))
    },
    thaw: () => current.signal('SIGCONT'),
  }
}

async function startProcess(recipe: ServerRecipe, port: number, folder: string): Promise<ServerProcess> {
  const logFile = join(folder, 'server.log')
  const log = openSync(logFile, 'a')
  // Detached: a Ctrl-C in the terminal goes to the test run alone, which then ends its servers in its own order. It makes the server the
  // first of a group, and all signals go to the group: some servers are started by a program that stays with them.
  const child = spawn(recipe.program, recipe.args(port, folder), {
    cwd: folder,
    stdio: ['ignore', log, log],
    detached: true,
    ...recipe.user,
  })
  closeSync(log)
  const server = observe(child, folder)
  let over = false
  void server.ended.then(() => {
    over = true
  })
  try {
    await until(
      `${recipe.name} answers on port ${port}`,
      async () => over || (await recipe.answers(port)),
      recipe.startTimeoutMs ?? START_TIMEOUT_MS,
    )
  } catch (error) {
    server.signal('SIGKILL')
    throw new Error(`${recipe.name} did not become ready: ${logTail(logFile)}`, { cause: error })
  }
  if (over) throw new Error(`${recipe.name} ended while it was starting: ${logTail(logFile)}`)
  return server
}

function observe(child: ChildProcess, folder: string): ServerProcess {
  let alive = child.pid !== undefined
  const watchdog = alive
    ? spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), folder], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      })
    : undefined
  watchdog?.stdin.on('error', () => undefined)
  watchdog?.on('error', () => undefined)
  // The tests decide when the test process ends, not these handles.
  watchdog?.unref()
  unrefPipe(watchdog?.stdin)
  child.unref()
  const ended = new Promise<void>(resolve => {
    const end = (): void => {
      alive = false
      watchdog?.stdin.end('over\n')
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  return {
    pid: child.pid ?? 0,
    ended,
    signal: name => {
      if (alive && child.pid !== undefined) signalGroup(child.pid, name)
    },
  }
}

/** A group that ended a moment ago is no error. */
function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A child's stdin is a socket, which has unref; its type does not say so. */
function unrefPipe(pipe: object | undefined): void {
  if (pipe !== undefined && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}

function logTail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join(' | ') || 'it logged nothing'
}
