import { errorMessage } from '@pumphouse/options'
import type { Pump, PumpLog } from '@pumphouse/pumps'
import type { Group } from '@pumphouse/queue'
import type { InFlight } from './in-flight.ts'
import { within } from './pause.ts'

/**
 * The last steps of a stop. Each is bounded and none rejects: a daemon that ends must not hang on a target or on a Redis that is away.
 * What could not be given back is taken over by others when its lease runs out.
 */

/** Gives back every frame in flight and takes the consumer's name out of the groups, in `ms` at most. Resolves with the frames given back. */
export async function giveBack(
  groups: readonly Group[],
  inFlight: InFlight,
  ms: number,
  log: PumpLog,
  fields: object,
): Promise<number> {
  let released = 0
  let failure: unknown = 'Redis did not answer in time'
  async function giveBackAll(): Promise<void> {
    for (const [partition, group] of groups.entries()) {
      const ids = inFlight.ids(partition)
      if (ids.length > 0) await group.release(ids)
      released += inFlight.lose(partition, ids)
    }
    for (const group of groups) await group.leave()
    failure = undefined
  }
  await within(
    giveBackAll().catch((error: unknown) => {
      failure = error
    }),
    ms,
  )
  const left = inFlight.frames
  if (failure !== undefined && left > 0) {
    log.warn(
      { ...fields, frames: left, error: errorMessage(failure) },
      'frames could not be given back; others take them over when their lease runs out',
    )
  }
  return released
}

/** Closes the pump, in `ms` at most. A close that fails or hangs is logged and left alone. */
export async function closePump(pump: Pump | undefined, ms: number, log: PumpLog, fields: object): Promise<void> {
  if (!pump) return
  const closing = Promise.resolve()
    .then(() => pump.close())
    .catch((error: unknown) => log.warn({ ...fields, error: errorMessage(error) }, 'the pump failed to close'))
  if (!(await within(closing, ms))) log.warn(fields, 'the pump did not close in time and was left alone')
}
