import { errorMessage } from '@pumphouse/options'
import type { Pump } from '@pumphouse/pumps'
import { createGroup, type Recreated } from '@pumphouse/queue'
import type { PipelineConfig } from '../config/config.ts'
import { compilePolicy } from '../policy/record-policy.ts'
import { createBatchQueue } from './batch-queue.ts'
import { type BreakerState, createBreaker } from './breaker.ts'
import { type Counts, createSettledCounts } from './counts.ts'
import { createDelivery } from './delivery.ts'
import { ensureGroups } from './ensure-groups.ts'
import { createEpisode, type Episode } from './episode.ts'
import { createFrameSource } from './frame-source.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { createInFlight, type InFlight } from './in-flight.ts'
import { createIntake } from './intake.ts'
import { createLeaseKeeper } from './lease-keeper.ts'
import { closePump, giveBack } from './leave-taking.ts'
import { createLossLog } from './loss-log.ts'
import { prepare } from './prepare.ts'
import { createRateLimit } from './rate-limit.ts'
import { reopenPump } from './reopen-pump.ts'
import { createSettleQueue } from './settle-queue.ts'
import { startPump } from './start-pump.ts'
import type { PipelineSurroundings } from './surroundings.ts'
import type { TrackedFrame } from './tracked-frame.ts'
import { runWriter } from './writer.ts'

/** A lease is renewed this many times in its length: two renewals may fail before it runs out. */
const RENEWALS_PER_LEASE = 3
/** What a stopping daemon gives back is taken up by the others within a second, however long the lease is; one small script call each. */
const MAX_TAKE_OVER_EVERY_MS = 1_000

/** The three steps of a stop: no further read or attempt, no write in progress any more, no settling any more. */
export interface StopSignals {
  readonly stopping: AbortSignal
  readonly noWrite: AbortSignal
  readonly noSettle: AbortSignal
}

/** A pipeline's parts, put together. */
export interface Assembly {
  readonly counts: Readonly<Counts>
  readonly inFlight: InFlight
  readonly heartbeats: readonly Heartbeat[]
  readonly episodes: readonly Episode[]
  isIdle(): boolean
  breakerState(): BreakerState
  lastError(): string | undefined
  /** False when the pipeline stopped before it succeeded; so has startPump. Neither rejects. */
  ensureGroups(): Promise<boolean>
  startPump(): Promise<boolean>
  /** Drains until `stopping` aborts and what was taken in is written or abandoned. */
  drain(): Promise<void>
  /** The pump lets go of what somebody has moved (SIGHUP). Never rejects. */
  reopen(): Promise<void>
  /** A group or its account had vanished and was made again: says what is lost sight of. */
  recreated(partition: number, recreated: Recreated): void
  /** Resolves when every finished frame is settled, or settling was given up. */
  settled(): Promise<void>
  /** Gives back what is in flight and leaves the groups, in `ms` at most. Resolves with the number of frames given back. */
  release(ms: number): Promise<number>
  /** Closes the pump, in `ms` at most. */
  close(ms: number): Promise<void>
  /** Says that the pipeline ended by a fault of its own. */
  died(error: unknown): void
}

/**
 * Puts a pipeline together. The order of the policies is this one for these reasons:
 *
 *   record policy  filter and all that changes a record (policy/record-policy.ts says in which order): first, so that nothing further is done for
 *                  a record the pump does not want, and a batch's records are final: what is retried or dead-lettered is what the pump saw
 *   batch          before the time limit, because the limit is for one call of the pump
 *   retry          around the time limit: each attempt gets the whole limit, and running out of it is a failure like another
 *   rate limit     around the time limit too: waiting for one's turn is no time of the pump's
 *   breaker        between the two: it counts attempts, not batches, and what it holds back is an attempt with all its time
 *   time limit     next to the pump, so that nothing a pump does or fails to do passes it
 */
export function assemble(config: PipelineConfig, around: PipelineSurroundings, signals: StopSignals): Assembly {
  const { set, redis, consumer, decoder, faults } = around
  const { stopping, noWrite, noSettle } = signals
  const fields = { pump: config.name }
  const log = around.log
  const inFlight = createInFlight(set.partitions)
  const counts = createSettledCounts(set.partitions, inFlight, log, fields)
  const renewEveryMs = set.leaseMs / RENEWALS_PER_LEASE

  const ofRedis = (failed: string, recovered: string): Episode =>
    createEpisode(log, fields, { failed, recovered }, around.isAwaySaid)
  const reading = ofRedis('the set cannot be read', 'the set is read again')
  const writing = createEpisode(log, fields, {
    failed: 'the pump fails; its records wait in Redis',
    recovered: 'the pump works again',
  })
  const settling = ofRedis('settling fails', 'settling works again')
  const losses = createLossLog(log, fields)
  const intakeBeat = createHeartbeat()
  const writerBeats = Array.from({ length: config.concurrency ?? 1 }, () => createHeartbeat())

  const groups = Array.from({ length: set.partitions }, (_, partition) =>
    createGroup(redis, {
      name: set.name,
      partition,
      pump: config.name,
      consumer,
      leaseMs: set.leaseMs,
      maxDeadLetters: set.maxDeadLetters,
      onRecreated: recreated => counts.recreated(partition, recreated),
    }),
  )
  let pump: Pump | undefined
  const leases = createLeaseKeeper({ groups, inFlight, everyMs: renewEveryMs, log, fields })
  const settleQueues = groups.map(group =>
    createSettleQueue({ group, episode: settling, faults, signal: noSettle, onSettled: countSettled }),
  )
  const queue = createBatchQueue(config.batch, batch => prepare(pump, batch.records))
  const breaker = createBreaker(config.breaker)
  const rateLimit = config.rateLimit && createRateLimit(config.rateLimit)

  function countSettled(frame: TrackedFrame, counted: boolean): void {
    inFlight.remove(frame)
    if (counted) counts.add(frame)
  }
  const settle = (frame: TrackedFrame): void => settleQueues[frame.partition]?.add(frame)
  function settleRoom(): Promise<void> | undefined {
    for (const settleQueue of settleQueues) {
      const room = settleQueue.room()
      if (room) return room
    }
    return undefined
  }

  const intake = createIntake({
    source: createFrameSource(groups, inFlight, {
      takeOverEveryMs: Math.min(renewEveryMs, MAX_TAKE_OVER_EVERY_MS),
      maxDeliveries: set.maxDeliveries,
      faults,
    }),
    decoder,
    policy: compilePolicy(config),
    queue,
    purgeDelayMs: config.purgeDelayMs,
    maxDeliveries: set.maxDeliveries,
    stopping,
    episode: reading,
    losses,
    heartbeat: intakeBeat,
    faults,
    onSettled: settle,
    settleRoom,
  })

  const makePump = (): Pump => config.definition.create(config.meta as never, { name: config.name, log })

  return {
    counts: counts.total,
    inFlight,
    heartbeats: [intakeBeat, ...writerBeats],
    episodes: [writing, settling],
    isIdle: () => intake.idle,
    breakerState: () => breaker.state,
    lastError: () => writing.lastError ?? settling.lastError,
    ensureGroups: () => ensureGroups(groups, config.startAt, stopping, reading),
    startPump: () =>
      startPump({
        async start(signal) {
          pump ??= makePump()
          await pump.start?.(signal)
        },
        timeoutMs: config.timeoutMs,
        retry: config.retry,
        stopping,
        episode: writing,
        heartbeat: writerBeats[0] as Heartbeat,
      }),
    async drain() {
      const write = (heartbeat: Heartbeat): Promise<void> => {
        const deliver = createDelivery({
          pump: pump as Pump,
          timeoutMs: config.timeoutMs,
          breaker,
          rateLimit,
          retry: config.retry,
          stopping,
          aborted: noWrite,
          episode: writing,
          losses,
          heartbeat,
          faults,
          onSettled: settle,
        })
        return runWriter({ queue, deliver, settleRoom, heartbeat })
      }
      leases.start()
      await Promise.all([intake.run(), ...writerBeats.map(write)])
    },
    reopen: () => reopenPump(pump, { timeoutMs: config.timeoutMs, stopping, log, fields }),
    recreated: counts.recreated,
    async settled() {
      await Promise.all(settleQueues.map(settleQueue => settleQueue.drained()))
    },
    release(ms) {
      leases.stop()
      return giveBack(groups, inFlight, ms, log, fields)
    },
    close(ms) {
      losses.flush()
      return closePump(pump, ms, log, fields)
    },
    died(error) {
      // Its leases run out and its share is another daemon's; nothing of it waits here.
      leases.stop()
      queue.discard()
      log.error({ ...fields, error: errorMessage(error) }, 'the pipeline ended by a fault of its own')
    },
  }
}
