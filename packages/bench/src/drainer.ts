/**
 * The daemon of the drain benches: a program of its own, so that its CPU time, its memory and its standard output are the daemon's alone.
 * `drainer.js <config file> <records> <pump>`: runs the daemon until that pump, or without one every pump, has settled so many, stops it, and sends the measurement over IPC.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog, loadConfig, startDaemon } from '@pumphouse/daemon'
import { measure } from './measure.ts'

/** Each look asks Redis for a sign of life, which is no part of draining; a drain takes seconds, and is found at its end this much late at most. */
const LOOK_EVERY_MS = 20

async function main(file: string, records: number, watched: string): Promise<void> {
  const { config, problems } = await loadConfig(file, {})
  if (!config) throw new Error(`the bench's own configuration is wrong: ${JSON.stringify(problems)}`)
  const log = createLog(config.log)
  const measurement = await measure(records, async () => {
    const daemon = await startDaemon(config, log)
    for (;;) {
      const { pumps } = await daemon.health()
      const seen = watched === '' ? Object.values(pumps) : [pumps[watched] as (typeof pumps)[string]]
      const settled = seen.map(pump => pump.delivered + pump.filtered + pump.deadLettered)
      if (Math.min(...settled) >= records) break
      await sleep(LOOK_EVERY_MS)
    }
    const counts = Object.entries(await daemon.stop()).filter(([name]) => watched === '' || name === watched)
    return Math.min(...counts.map(([, count]) => count.delivered))
  })
  process.send?.(measurement)
  process.disconnect()
}

main(process.argv[2] ?? '', Number(process.argv[3]), process.argv[4] ?? '').catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
