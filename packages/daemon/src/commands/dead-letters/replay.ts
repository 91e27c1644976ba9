import { errorMessage, nearest } from '@pumphouse/options'
import type { Redis } from 'ioredis'
import type { DaemonConfig, PipelineConfig } from '../../config/config.ts'
import { createLog } from '../../log.ts'
import { attempt } from '../../pipeline/attempt.ts'
import { closePump } from '../../pipeline/leave-taking.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { CommandSurroundings } from '../surroundings.ts'
import type { LettersLine } from './letters-line.ts'
import { type ReplayCounts, replayLetters } from './replay-letters.ts'
import { selectLetters } from './select-letters.ts'

/** What a start may take at least: creating indexes or templates takes longer than a write. */
const MIN_START_MS = 30_000
const CLOSE_MS = 5_000

/**
 * `pumphouse dead-letters replay`. Exit 0 when none is left; 1 when some stay, because they are refused again, cannot be decoded, or the
 * target fails, and after SIGINT or SIGTERM, which end it between two batches (a second one ends it at once: nothing is lost by that).
 * The account goes to stderr: stdout belongs to the stdout pump.
 */
export async function replayCommand(
  redis: Redis,
  config: DaemonConfig,
  line: LettersLine,
  json: boolean,
  { print, complain }: CommandSurroundings,
): Promise<ExitCode> {
  const name = line.filter.pump as string
  const pipeline = config.pumps.find(pump => pump.name === name)
  if (pipeline === undefined) {
    const known = config.pumps.map(pump => pump.name)
    const meant = nearest(name, known)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    await complain(`dead-letters: no pump "${name}" is enabled in the file${hint}\n`)
    return EXIT.failed
  }
  const interrupted = new AbortController()
  const onSignal = () => interrupted.abort()
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const missing: string[] = []
  const pages = selectLetters(redis, config.analytics, line, true, id => missing.push(id))
  const ended = await withPump(pipeline, createLog(config.log), pump =>
    replayLetters({ redis, set: config.analytics, config: pipeline, pump, pages, stop: interrupted.signal }),
  )
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  if (typeof ended === 'string') {
    await complain(`dead-letters: ${name} cannot be started: ${ended}; its dead letters stay\n`)
    return EXIT.failed
  }
  for (const id of missing) await complain(`dead-letters: ${name} has no dead letter ${id}\n`)
  if (json) await print(`${JSON.stringify({ pump: name, ...ended }, null, 2)}\n`)
  else await complain(account(name, ended))
  const complete = ended.refused + ended.undecodable + missing.length === 0 && ended.failure === undefined
  return complete ? EXIT.ok : EXIT.failed
}

/** Starts the pump, uses it, closes it. Resolves with why it cannot be started, as text. */
async function withPump<T>(
  config: PipelineConfig,
  log: ReturnType<typeof createLog>,
  use: (pump: ReturnType<PipelineConfig['definition']['create']>) => Promise<T>,
): Promise<T | string> {
  const pump = config.definition.create(config.meta as never, { name: config.name, log })
  try {
    const limitMs = Math.max(config.timeoutMs, MIN_START_MS)
    const started = await attempt(async signal => pump.start?.(signal), limitMs, new AbortController().signal)
    if (started.kind === 'failed') return errorMessage(started.error)
    return await use(pump)
  } finally {
    await closePump(pump, CLOSE_MS, log, { pump: config.name })
  }
}

function account(name: string, counts: ReplayCounts): string {
  const { delivered, filtered, refused, undecodable, gone, failure } = counts
  const parts = [
    `${delivered} records delivered`,
    ...(filtered > 0 ? [`${filtered} filtered`] : []),
    ...(refused > 0 ? [`${refused} refused again`] : []),
    ...(undecodable > 0 ? [`${undecodable} letters that cannot be decoded`] : []),
    ...(gone > 0 ? [`${gone} letters that another replay took meanwhile`] : []),
  ]
  const end = failure === undefined ? '' : `dead-letters: ended early, ${failure}; the others stay\n`
  return `${name}: ${parts.join(', ')}\n${end}`
}
