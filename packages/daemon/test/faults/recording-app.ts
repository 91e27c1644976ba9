import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '@pumphouse/testkit'

/** One life of an application, from its start to its kill or its graceful end. */
export interface Life {
  /** What record() accepted, as far as the application could write it down: numbers and ms since 1970. */
  made(): readonly { n: number; atMs: number }[]
  /** Undefined: it was not killed. */
  readonly killedAtMs: number | undefined
}

/** An application with a reporter that writes to its spool ahead of Redis; each life records `n` = LIFE × its number, and on from there. */
export interface RecordingApp {
  readonly lives: readonly Life[]
  /** By SIGKILL, when it has recorded for a while; the next life begins at once, and finds what this one left as if that had been silent for long. */
  kill(): Promise<void>
  /** Ends the last life gracefully. Resolves with its exit code. */
  stop(): Promise<number | null>
  /** Lets a process that records nothing bring what is still on disk. */
  drain(withinMs: number): Promise<void>
}

/** More than one life records. */
export const LIFE = 10_000_000
/** Of what it records at a time the application may not have written down when it is killed. */
export const AT_ONCE = 20
const EVERY_MS = 5
/** Long enough that some of its records must survive it. */
const KILL_AFTER_MS = 3_000
const REPORTER = fileURLToPath(new URL('../../../reporter/dist/index.js', import.meta.url))
const LONG_AGO = new Date(Date.now() - 3_600_000)

const reporting = (options: object): string => `
  import { openSync, writeSync } from 'node:fs'
  import { createReporter } from ${JSON.stringify(REPORTER)}
  const reporter = createReporter({ ...${JSON.stringify(options)}, onWarning: () => undefined })`

const recording = (ledger: string, first: number): string => `
  const ledger = openSync(${JSON.stringify(ledger)}, 'a')
  let n = ${first}
  const timer = setInterval(() => {
    let lines = ''
    for (let i = 0; i < ${AT_ONCE}; i++) if (reporter.record({ n })) lines += n++ + ' ' + Date.now() + '\\n'
    writeSync(ledger, lines)
  }, ${EVERY_MS})
  process.on('SIGTERM', () => {
    clearInterval(timer)
    reporter.close({ timeout: '30s' })
  })`

/** Starts it in `folder`, pushing to the set `name` at `redis`. */
export function startRecordingApp(folder: string, redis: string, name: string, flushIntervalMs: number): RecordingApp {
  const spool = { mode: 'always', dir: join(folder, 'spool') }
  const options = { service: 'app', redis, analytics: { name }, flushInterval: flushIntervalMs, spool }
  const lives: (Life & { killedAtMs: number | undefined })[] = []
  const spoolFolders = (): readonly string[] => {
    const lanes = join(spool.dir, name)
    return existsSync(lanes) ? readdirSync(lanes).map(lane => join(lanes, lane)) : []
  }
  const spawned = (program: string): ChildProcess =>
    spawn(process.execPath, ['--input-type=module', '-e', `${reporting(options)}\n${program}`], { stdio: 'inherit' })
  let child: ChildProcess = begin()

  function begin(): ChildProcess {
    const ledger = join(folder, `life-${lives.length}`)
    const first = lives.length * LIFE
    lives.push({ made: () => readLedger(ledger), killedAtMs: undefined })
    return spawned(recording(ledger, first))
  }

  function abandon(): void {
    for (const left of spoolFolders()) utimesSync(left, LONG_AGO, LONG_AGO)
  }

  async function ended(signal: NodeJS.Signals): Promise<number | null> {
    const code = new Promise<number | null>(resolve => child.once('exit', resolve))
    child.kill(signal)
    return code
  }

  return {
    lives,
    async kill() {
      const life = lives.at(-1)
      // On a busy machine its worker thread may be up much later than the application.
      await until('its spool has a note', () => spoolFolders().some(isNotedBy(child)))
      await sleep(KILL_AFTER_MS)
      if (life) life.killedAtMs = Date.now()
      await ended('SIGKILL')
      abandon()
      child = begin()
    },
    async stop() {
      await until('the last life records', () => (lives.at(-1)?.made().length ?? 0) > 0)
      return ended('SIGTERM')
    },
    async drain(withinMs) {
      abandon()
      child = spawned('setInterval(() => undefined, 1_000)')
      await until('nothing is on disk any more', () => spoolFolders().length === 0, withinMs)
      await ended('SIGKILL')
    },
  }
}

/** Whether a folder of the spool is of this process and has the note of what it made. */
function isNotedBy({ pid }: ChildProcess): (path: string) => boolean {
  return path => basename(path).includes(`-${pid}-`) && existsSync(join(path, 'account'))
}

function readLedger(path: string): { n: number; atMs: number }[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  // The last line may be a part of one.
  const lines = text.split('\n').slice(0, -1)
  return lines.map(line => line.split(' ').map(Number)).map(([n = 0, atMs = 0]) => ({ n, atMs }))
}
