/**
 * `pumphouse run`: the daemon in the foreground, until a signal.
 *
 *   running ── SIGTERM, SIGINT ──▶ stopping ── done ──▶ exit 0, the last log line carries the counts
 *      │                              └─ a second signal ──▶ exit 1 at once; what was under way stays leased until its lease ends
 *      └─ SIGHUP, or a change of the file ──▶ it is read again (reloading.ts); what is invalid changes nothing. SIGHUP also
 *         lets the pumps let go of files that were moved. One that comes before the daemon runs is heeded as soon as it does
 */

import { PumphouseError } from '@pumphouse/record'
import { FAULT_VARIABLE } from '../config/environment.ts'
import { configFiles } from '../config/load-config.ts'
import { digestFiles } from '../config/watch-files.ts'
import { type Daemon, startDaemon } from '../daemon.ts'
import { createLog, type Log } from '../log.ts'
import { armFaultPoints, FAULT_POINTS, type FaultPoints } from '../pipeline/fault-points.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { startReloading } from './reloading.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { loadWhatCanRun } from './validate.ts'

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Resolves with the exit code when the daemon has stopped. */
export async function run(file: string, surroundings: CommandSurroundings): Promise<ExitCode> {
  // Before the file is read: what changes from here on is a change.
  const files = configFiles(file, surroundings.env)
  const seen = await digestFiles(files)
  const loaded = await loadWhatCanRun(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const { config, settings } = loaded
  const faults = armedFaults(surroundings.env)
  if (faults === 'unknown') {
    await surroundings.complain(`pumphouse: ${FAULT_VARIABLE} names none of ${FAULT_POINTS.join(', ')}\n`)
    return EXIT.config
  }
  const log = createLog(config.log)
  for (const { name, type, problems } of config.invalid) {
    log.error({ pump: name, type, problems }, 'the pump cannot be used and does not run; its share is kept')
  }
  if (faults) log.warn({ fault: surroundings.env[FAULT_VARIABLE] }, 'armed to kill itself: this is a test')
  const stopSignal = waitForStop()
  guard(log)
  let daemon: Daemon
  try {
    daemon = await startDaemon(config, log, faults)
  } catch (error) {
    if (!(error instanceof PumphouseError)) throw error
    await surroundings.complain(`pumphouse: ${error.message}\n`)
    return EXIT.failed
  }
  const pumps = config.pumps.map(({ name }) => name)
  if (pumps.length === 0) log.warn({}, 'no pump is enabled: nothing is delivered')
  log.info({ set: config.analytics.name, pumps, health: daemon.address }, 'pumphouse runs')
  const { env, hangUps } = surroundings
  const reloading = startReloading({ file, files, seen, env, config, settings, daemon, log, hangUps })

  const signal = await stopSignal.first
  reloading.stop()
  log.info({ signal }, 'stopping')
  const stopped = daemon.stop().then(counts => {
    log.info({ pumps: counts }, 'stopped')
    return EXIT.ok
  })
  const atOnce = stopSignal.second.then(again => {
    log.warn(
      { signal: again },
      'ended at once by a second signal; what was under way is delivered again when its lease is over',
    )
    return EXIT.failed
  })
  return await Promise.race([stopped, atOnce])
}

function armedFaults(env: CommandSurroundings['env']): FaultPoints | 'unknown' | undefined {
  const text = env[FAULT_VARIABLE]
  if (text === undefined || text === '') return undefined
  return armFaultPoints(text, () => process.kill(process.pid, 'SIGKILL')) ?? 'unknown'
}

/** The first two stop signals; listening begins with the call. */
function waitForStop(): { readonly first: Promise<string>; readonly second: Promise<string> } {
  const waiting: ((signal: string) => void)[] = []
  const next = () => new Promise<string>(resolve => waiting.push(resolve))
  const signals = { first: next(), second: next() }
  for (const name of STOP_SIGNALS) process.on(name, () => waiting.shift()?.(name))
  return signals
}

/** A pump that leaks a rejection must not end the others. */
function guard(log: Log): void {
  process.on('unhandledRejection', reason => log.error({ err: reason }, 'a rejection that nobody handled; going on'))
}
