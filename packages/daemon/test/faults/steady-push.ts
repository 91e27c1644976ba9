import { setTimeout as sleep } from 'node:timers/promises'
import { connectRedis, createProducer, type OutgoingFrame } from '@pumphouse/queue'
import { frameBytes } from '../test-set.ts'

/** Pushes records with `n` = 0, 1, … through whatever happens to Redis, each frame again until it is accepted, as the reporter does. */
export interface SteadyPush {
  /** Records accepted so far. */
  readonly accepted: number
  /** Ends after the frame under way; resolves with the records accepted. */
  stop(): Promise<number>
}

/** The lane that all of it comes by. */
export const STEADY_LANE = 'steady'
const PER_FRAME = 50
/** About 5,000 records a second. */
const EVERY_MS = 10
const COMMAND_TIMEOUT_MS = 500

/**
 * Begins to push to the set `name` at `url`. A reply that does not come within `commandTimeoutMs` (default 500) is lost;
 * at a backlog of `maxBacklogRecords` (default none) pushes are refused and wait; `fields` are what a record has beside its `n`.
 */
export function pushSteadily(
  url: string,
  name: string,
  options: { commandTimeoutMs?: number; maxBacklogRecords?: number; fields?: (n: number) => object } = {},
): SteadyPush {
  const { commandTimeoutMs = COMMAND_TIMEOUT_MS, maxBacklogRecords, fields = () => ({}) } = options
  const redis = connectRedis({ url, commandTimeoutMs }, 'steady-push')
  const producer = createProducer(redis, {
    name,
    partitions: 1,
    lane: STEADY_LANE,
    ...(maxBacklogRecords && { maxBacklogRecords }),
  })
  let accepted = 0
  let isStopping = false

  async function pushOnce(frame: OutgoingFrame): Promise<void> {
    for (;;) {
      const result = await producer.push([frame]).catch(() => undefined)
      if (result?.accepted === 1) return
      await sleep(EVERY_MS)
    }
  }

  async function run(): Promise<void> {
    for (let sequence = 1; !isStopping; sequence++) {
      const records = Array.from({ length: PER_FRAME }, (_, i) => ({ n: accepted + i, ...fields(accepted + i) }))
      await pushOnce({ sequence, count: PER_FRAME, bytes: frameBytes(records, sequence, STEADY_LANE) })
      accepted += PER_FRAME
      await sleep(EVERY_MS)
    }
  }
  const running = run()

  return {
    get accepted() {
      return accepted
    },
    async stop() {
      isStopping = true
      await running
      redis.disconnect()
      return accepted
    },
  }
}
