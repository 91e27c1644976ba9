import { createRecordIdSource, type ProducerCounters } from '@pumphouse/record'
import type { Batch } from '../batch.ts'
import { type FailingCode, type LaneChange, type LaneSettings, PUSH_FRAMES } from './lane-messages.ts'
import type { StartRunner } from './lane-runner.ts'
import { createPacing } from './pacing.ts'
import { startSameThreadRunner } from './same-thread-runner.ts'
import { createSupervisedLane, type LaneListener, type SupervisedLane } from './supervised-lane.ts'
import { startThreadRunner } from './thread-runner.ts'

/**
 * How Redis takes what a reporter pushes: `up` it takes it; `full` it refuses it, because the backlog of the set is at its cap; `refusing` it answers with
 * an error (out of memory, read-only, no rights); `down` it is not connected, or does not answer.
 */
export type RedisState = 'up' | 'full' | 'refusing' | 'down'

/** From the worst on. */
const STATES: readonly RedisState[] = ['down', 'refusing', 'full', 'up']
const STATE_WHILE_FAILING: Readonly<Record<FailingCode, RedisState>> = {
  PH_REDIS_AWAY: 'down',
  PH_REDIS_REPLY: 'refusing',
  PH_BACKLOG_FULL: 'full',
}

/** The lanes of a reporter. */
export interface Pool {
  /** Worker threads that are running. */
  readonly workers: number
  /** Every lane has its connection and none is failing. */
  readonly up: boolean
  /** The same with the reason, that of the lane that is worst off. */
  readonly redis: RedisState
  /** What all lanes have on disk; `refusing` as one of them says it. */
  readonly spool: SupervisedLane['spool']
  /** Hands waiting batches over, oldest first, while any lane has room. */
  dispatch(): void
  /** The same for what filled; what does so in quick succession goes several at a time: see pacing.ts. */
  dispatchSoon(): void
  /** For all lanes and their successors. */
  change(change: LaneChange): void
  /** Lets the spool know what was counted, where there is something to know it by; whether it did. */
  note(counters: () => ProducerCounters): boolean
  /** Ends the lanes, those that do not end within graceMs by force. Never rejects. */
  end(graceMs: number): Promise<void>
  /** Settles all that is waiting or on its way by way of the spool, before the process exits. `counters`: as they are by then. Never throws. */
  leave(counters: () => ProducerCounters): void
}

/** What the lanes of a pool have in common, and what says how long a batch may wait. */
export type PoolSettings = Omit<LaneSettings, 'lane'> & { readonly poolSize: number; readonly flushIntervalMs: number }

/** Closed batches that no lane has yet. */
export interface WaitingBatches {
  count(): number
  /** There is room for many more. */
  isRelaxed(): boolean
  /** Takes the oldest. */
  next(): Batch | undefined
}

/**
 * `poolSize` lanes in worker threads, or one on this thread when that is 0. All lanes draw their base ids from one source.
 */
export function createPool(
  settings: PoolSettings,
  waiting: WaitingBatches,
  listener: Omit<LaneListener, 'onChange'>,
  startThread: StartRunner = startThreadRunner,
): Pool {
  const { poolSize, flushIntervalMs, ...shared } = settings
  const ids = createRecordIdSource()
  const start = { thread: poolSize > 0 ? startThread : undefined, sameThread: startSameThreadRunner }
  const pacing = createPacing(dispatch, flushIntervalMs)
  const lanes: SupervisedLane[] = []
  /** Some wait that would have been handed over. */
  let lacksRoom = false
  for (let index = 1; index <= Math.max(1, poolSize); index++) {
    const lane = `${settings.instance}-${index}`
    lanes.push(createSupervisedLane({ ...shared, lane }, ids, start, { ...listener, onChange: dispatchRest }))
  }

  function dispatch(): void {
    for (;;) {
      const lane = lanes.reduce((roomiest, other) => (other.room > roomiest.room ? other : roomiest))
      const batch = lane.room > 0 ? waiting.next() : undefined
      if (batch === undefined) break
      lane.post(batch)
    }
    lacksRoom = waiting.count() > 0
  }

  function dispatchSoon(): void {
    if (lacksRoom || waiting.count() >= PUSH_FRAMES || !waiting.isRelaxed()) dispatch()
    else pacing.soon()
  }

  /** For lanes that may have room again. */
  function dispatchRest(): void {
    if (lacksRoom) dispatch()
  }

  return {
    get workers() {
      return lanes.reduce((sum, lane) => sum + lane.threads, 0)
    },
    get up() {
      return lanes.every(lane => stateOf(lane) === 'up')
    },
    get redis() {
      const states = lanes.map(stateOf)
      return STATES.find(state => states.includes(state)) ?? 'down'
    },
    get spool() {
      const frames = lanes.reduce((sum, lane) => sum + lane.spool.frames, 0)
      const bytes = lanes.reduce((sum, lane) => sum + lane.spool.bytes, 0)
      return { frames, bytes, refusing: lanes.find(lane => lane.spool.refusing !== undefined)?.spool.refusing }
    },
    dispatch,
    dispatchSoon,
    change(change) {
      for (const lane of lanes) lane.change(change)
    },
    note(counters) {
      const always = shared.spool?.mode === 'always'
      const lane = always ? lanes[0] : lanes.find(({ spool }) => spool.frames > 0)
      lane?.note({ note: counters() })
      return lane !== undefined
    },
    leave(counters) {
      const left: Batch[] = []
      for (let batch = waiting.next(); batch !== undefined; batch = waiting.next()) left.push(batch)
      // Any lane will do for those that no lane had.
      for (const [index, lane] of lanes.entries()) lane.leave(index === 0 ? left : [], counters)
    },
    async end(graceMs) {
      pacing.end()
      await Promise.all(lanes.map(lane => lane.end(graceMs)))
    },
  }
}

function stateOf({ up, failing }: SupervisedLane): RedisState {
  if (!up) return 'down'
  return failing === undefined ? 'up' : STATE_WHILE_FAILING[failing]
}
