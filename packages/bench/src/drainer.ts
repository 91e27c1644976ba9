/**
 * The daemon of the drain benches: a program of its own, so that its CPU time, its memory and its standard output are the daemon's alone.
 * `drainer.js <config file> <records> <pump> <warm-up>`: runs the daemon until that pump, or without one every pump, has settled so many, stops it, and sends the
 * measurement over IPC. It covers the daemon's whole life, or, with records to warm up, what is settled after those.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog, type Daemon, loadConfig, startDaemon } from '@pumphouse/daemon'
import { type Measurement, measure } from './measure.ts'

/** Each look asks Redis for a sign of life, which is no part of draining; a drain takes seconds, and is found at its end this much late at most. */
const LOOK_EVERY_MS = 20

async function main(file: string, records: number, watched: string, warmUp: number): Promise<void> {
  const { config, problems } = await loadConfig(file, {})
  if (!config) throw new Error(`the bench's own configuration is wrong: ${JSON.stringify(problems)}`)
  const log = createLog(config.log)
  const start = (): Promise<Daemon> => startDaemon(config, log)
  process.send?.(await (warmUp === 0 ? wholeLife(start, records, watched) : warm(start, records, watched, warmUp)))
  process.disconnect()
}

function wholeLife(start: () => Promise<Daemon>, records: number, watched: string): Promise<Measurement> {
  return measure(records, async () => {
    const daemon = await start()
    await settled(daemon, watched, records)
    const counts = Object.entries(await daemon.stop()).filter(([name]) => watched === '' || name === watched)
    return Math.min(...counts.map(([, { delivered }]) => delivered))
  })
}

async function warm(
  start: () => Promise<Daemon>,
  records: number,
  watched: string,
  warmUp: number,
): Promise<Measurement> {
  const daemon = await start()
  const before = await settled(daemon, watched, warmUp)
  const measurement = await measure(records - before, async () => (await settled(daemon, watched, records)) - before)
  await daemon.stop()
  return measurement
}

/** Resolves with how many are settled, as soon as it is so many. */
async function settled(daemon: Daemon, watched: string, wanted: number): Promise<number> {
  for (;;) {
    const { pumps } = await daemon.health()
    const seen = watched === '' ? Object.values(pumps) : [pumps[watched] as (typeof pumps)[string]]
    const least = Math.min(...seen.map(({ delivered, filtered, deadLettered }) => delivered + filtered + deadLettered))
    if (least >= wanted) return least
    await sleep(LOOK_EVERY_MS)
  }
}

main(process.argv[2] ?? '', Number(process.argv[3]), process.argv[4] ?? '', Number(process.argv[5])).catch(
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  },
)
