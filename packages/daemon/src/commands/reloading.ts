/**
 * Reads the configuration again while the daemon runs: on SIGHUP, and when the file or a secret file changes.
 *
 *   asked ──▶ read ──▶ invalid: what runs stays; the log and the health checks say why
 *                └───▶ valid: pumps that differ stop, start or start anew, the others do not notice; the log says what was changed
 *
 * SIGHUP also lets the pumps let go of files that were moved, whatever the configuration says: logrotate sends it for that.
 *
 * One at a time; being asked meanwhile, however often, is one more reading afterwards. Nothing in here ends the daemon.
 */

import { formatProblem, type Setting } from '@pumphouse/options'
import type { DaemonConfig } from '../config/config.ts'
import { describeChanges } from '../config/config-changes.ts'
import { loadConfig } from '../config/load-config.ts'
import { watchFiles } from '../config/watch-files.ts'
import type { Daemon } from '../daemon.ts'
import type { HangUps } from '../hang-ups.ts'
import type { Log } from '../log.ts'
import type { CommandSurroundings } from './surroundings.ts'

export interface Reloading {
  /** Nothing is read any more; what is under way ends by itself. */
  stop(): void
}

export interface ReloadingSource {
  readonly file: string
  readonly env: CommandSurroundings['env']
  /** What is watched, and its digest from before `config` was read. */
  readonly files: readonly string[]
  readonly seen: string
  readonly config: Pick<DaemonConfig, 'watch' | 'invalid'>
  readonly settings: readonly Setting[]
  readonly daemon: Pick<Daemon, 'reload' | 'refuse' | 'reopen'>
  readonly log: Log
  readonly hangUps: HangUps
}

/** A log line stays readable: of a longer list of changes, the rest is counted. */
const MAX_CHANGES_SHOWN = 50

/** Begins at once. */
export function startReloading(source: ReloadingSource): Reloading {
  const { file, env, files, seen, config, settings, daemon, log, hangUps } = source
  let current = settings
  let invalid = namesOf(config.invalid)
  let isReading = false
  let isAskedAgain = false
  let isStopped = false

  async function readAgain(): Promise<void> {
    const read = await loadConfig(file, env)
    if (isStopped) return
    const loaded = read.config === undefined ? read.rest : read
    // A plugin that was wrong already keeps nobody from editing the rest; one that the edit makes wrong does.
    if (loaded === undefined || loaded.config.invalid.some(({ name }) => !invalid.includes(name))) {
      const problems = read.problems.map(formatProblem)
      daemon.refuse(problems)
      log.error({ file, problems }, 'the file is invalid; the configuration stays as it is')
      return
    }
    const changes = describeChanges(current, loaded.settings)
    const { ignored, ...pumps } = await daemon.reload(loaded.config)
    current = loaded.settings
    invalid = namesOf(loaded.config.invalid)
    log.info({ file, ...pumps, changes: shorten(changes) }, 'the file was read again')
    if (ignored.length > 0) log.warn({ sections: ignored }, 'these sections differ and need a new process')
  }

  async function readUntilNobodyAsks(): Promise<void> {
    if (isReading) {
      isAskedAgain = true
      return
    }
    isReading = true
    do {
      isAskedAgain = false
      await readAgain().catch((error: unknown) => log.error({ err: error }, 'reload failed'))
    } while (isAskedAgain && !isStopped)
    isReading = false
  }

  const ask = (): void => void readUntilNobodyAsks()
  hangUps.heed(() => {
    if (isStopped) return
    void daemon.reopen()
    ask()
  })
  const watch = config.watch ? watchFiles({ files, seen, onChange: ask }) : undefined
  return {
    stop() {
      isStopped = true
      watch?.stop()
    },
  }
}

function namesOf(pumps: DaemonConfig['invalid']): readonly string[] {
  return pumps.map(({ name }) => name)
}

function shorten(changes: readonly string[]): readonly string[] {
  if (changes.length <= MAX_CHANGES_SHOWN) return changes
  return [...changes.slice(0, MAX_CHANGES_SHOWN), `and ${changes.length - MAX_CHANGES_SHOWN} more`]
}
