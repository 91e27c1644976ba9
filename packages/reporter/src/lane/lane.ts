/**
 * A lane: encodes batches and pushes the frames, in order, until the set has them. The same code runs in a worker thread and, with
 * poolSize 0, on the application's own.
 *
 * Two loops share a queue of frames. Encoding takes one batch per turn of the event loop, so that the thread stays responsive and
 * the next frame is ready when the reply to the last push comes. Pushing has one call under way at a time and sends what is there, several
 * frames together when it is behind, or was handed several at once. A push that fails is repeated with the same frames: the set ignores those it has.
 *
 * pushing: idle → (frames) → push ─ taken ────────────────────→ next push, or idle
 *                            └──── failed or full ─→ resting ─→ push     (backoff, cut short when the connection comes back)
 *
 * With a spool, frames go to disk when a push failed or was refused, when the lane has been behind for SLOW_MS or stuck for STUCK_MS, when a batch comes that waited so long for it, and at its end. From then on it pushes what it reads
 * back, and what comes follows to the disk, until there is nothing left on it.
 */

import { errorMessage } from '@pumphouse/options/error-message'
import { connectRedis, createProducer, RedisError, type ReporterAccount } from '@pumphouse/queue'
import { encodeFrame } from '@pumphouse/record'
import { createAdoption } from '../spool/adoption.ts'
import { createLaneSpool } from '../spool/lane-spool.ts'
import { HEARTBEAT_MS } from '../spool/spool-folder.ts'
import { backoffMs } from './backoff.ts'
import {
  CAP_REACHED,
  type FailingCode,
  type LaneChange,
  type LaneEvent,
  type LaneNote,
  type LaneOrder,
  type LaneSettings,
  PUSH_FRAMES,
  WINDOW,
} from './lane-messages.ts'
import { createOutbox } from './outbox.ts'
import { createPushSize } from './push-size.ts'
import { createRedaction } from './redaction.ts'

/** A Redis that leaves a lane behind for so long is slow: well below a flush interval, well above what a busy one needs. */
const SLOW_MS = 250
/**
 * One that takes nothing at all for so long is slow too, however little waits: it would still be in memory when the process closes. So is one for which a batch
 * had to wait as long before this lane had room for it, however steadily it takes what it is given: what waits there would fill the memory.
 */
const STUCK_MS = 1_000

/** Of what is in memory the outbox gives fewer at a time. */
const MAX_PUSH_FRAMES = 64
/** As the queue's. */
const DEFAULT_COMMAND_TIMEOUT_MS = 10_000

/** One ordered sequence of frames on its way into the set. */
export interface Lane {
  /** Takes a batch; sequences must increase. Never throws: what becomes of it is said by an event. */
  accept(order: LaneOrder): void
  /** From now on. Never throws. */
  change(change: LaneChange): void
  /** For whoever adopts the spool. Never throws. */
  note(note: LaneNote): void
  /** Stops at once and disconnects; frames not yet acknowledged may or may not be in the set. Safe twice. */
  end(): void
}

/** The part of a connection that the process would otherwise stay alive for. */
interface Connection {
  on(event: 'connecting' | 'connect' | 'reconnecting', listener: () => void): unknown
  readonly stream?: { unref(): unknown } | undefined
}

/** Connects and starts. `report` must not throw. `onConnection` sees the client before it connects. */
export function createLane(
  settings: LaneSettings,
  report: (event: LaneEvent) => void,
  onConnection?: (connection: Connection) => void,
): Lane {
  const orders: LaneOrder[] = []
  const spool = settings.spool && createLaneSpool(settings.spool, settings.set.name, settings.lane, report)
  const outbox = createOutbox(spool, report)
  const size = createPushSize(MAX_PUSH_FRAMES, settings.redis.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS)
  const producer = { service: settings.service, instance: settings.instance, lane: settings.lane }
  const redis = connectRedis(settings.redis, `pumphouse-reporter-${settings.service}`, {
    onUp() {
      connected = true
      report({ type: 'connection', up: true })
      endRest()
      pushSoon()
      tick()
    },
    onDown(error) {
      connected = false
      report({ type: 'connection', up: false })
      failing(error)
    },
  })
  onConnection?.(redis)
  const target = createProducer(redis, { ...settings.set, lane: settings.lane })
  const adoption = spool && createAdoption(spool, redis, settings, size, report)
  const ticking = spool && setInterval(tick, HEARTBEAT_MS).unref()
  /** The newest counters this lane has heard of; with every push they reach the set's account of producers. */
  let said: ReporterAccount | undefined
  let redact = createRedaction(settings.redact, report)
  let connected = false
  let encoding = false
  let pushing = false
  /** Why frames wait, as it was said last. */
  let episode: FailingCode | undefined
  let ended = false
  let behind: NodeJS.Timeout | undefined
  let endRest = (): void => undefined

  function encodeNext(): void {
    encoding = false
    const order = orders.shift()
    if (ended || order === undefined) return
    encodeSoon()
    encode(order)
    // Those that came together go together. What is on disk waits for nobody: it makes room for more, so that there may never be an end of them.
    if (orders.length === 0 || outbox.inMemory >= PUSH_FRAMES || outbox.onDisk > 0) pushSoon()
  }

  function encode(order: LaneOrder): void {
    const { sequence, counters, batch } = order
    said = { service: settings.service, instance: settings.instance, counters }
    // The thread before this one had written it, and did not live to say so.
    if (spool?.has(sequence)) {
      report({ type: 'spooled', sequences: [sequence] })
      return
    }
    try {
      const bytes = encodeFrame(order.baseId, { ...producer, sequence, counters }, redact(batch), settings)
      outbox.add({ sequence, count: batch.count, bytes })
    } catch (error) {
      report({ type: 'unencodable', sequence, message: errorMessage(error) })
    }
    if (episode !== undefined || cameLate(order)) outbox.spill()
    if (behind === undefined || outbox.inMemory === WINDOW) watch()
  }

  /** What is before this lane waits where no kill may find it. With mode `always` none may wait there: what is on disk anyway makes room. */
  function cameLate({ closedAtMs }: LaneOrder): boolean {
    const isFull = settings.spool?.mode === 'always' && outbox.inMemory === WINDOW
    return isFull || performance.now() - closedAtMs > STUCK_MS
  }

  /** From now on what is in memory has its time to be taken. */
  function watch(): void {
    clearTimeout(behind)
    behind = undefined
    if (ended || spool === undefined || outbox.inMemory === 0) return
    behind = setTimeout(spillIfBehind, outbox.inMemory < WINDOW ? STUCK_MS : SLOW_MS).unref()
  }

  function spillIfBehind(): void {
    outbox.spill()
    watch()
  }

  function pushSoon(): void {
    if (!pushing && !ended && !outbox.empty) void pushAll()
  }

  function tick(): void {
    if (ended || spool === undefined) return
    const found = spool.tick()
    if (!pushing || !connected) outbox.expire()
    if (episode !== undefined) outbox.spill()
    adoption?.keep()
    if (connected) adoption?.look(found)
  }

  function encodeSoon(): void {
    if (encoding || orders.length === 0) return
    encoding = true
    setImmediate(encodeNext)
  }

  async function pushAll(): Promise<void> {
    pushing = true
    for (let failures = 0; !outbox.empty && !ended; ) {
      failures = (await pushSome()) ? 0 : failures + 1
      if (failures > 0 && !ended) await rest(backoffMs(failures))
    }
    pushing = false
  }

  /** False when nothing was taken. Never rejects. */
  async function pushSome(): Promise<boolean> {
    // At the start the connection is still being made; if that fails, onDown says it.
    if (!connected) return false
    const frames = outbox.first().slice(0, size.frames)
    try {
      const startedAt = performance.now()
      const { accepted, full } = await target.push(frames, said)
      size.answered(performance.now() - startedAt)
      if (ended) return false
      if (accepted > 0) {
        episode = undefined
        outbox.remove(frames.slice(0, accepted))
        watch()
      }
      if (full) atCap()
      return accepted > 0 && !full
    } catch (error) {
      if (codeOf(error) === 'PH_REDIS_AWAY') size.unanswered(frames.length)
      if (!ended) failing(error)
      return false
    }
  }

  function rest(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      timer.unref()
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function atCap(): void {
    report({ type: 'capped' })
    failing(new Error(CAP_REACHED), 'PH_BACKLOG_FULL')
  }

  function failing(error: unknown, code = codeOf(error)): void {
    outbox.spill()
    if (episode === code) return
    episode = code
    report({ type: 'failing', code, message: errorMessage(error) })
  }

  return {
    accept(order) {
      orders.push(order)
      encodeSoon()
    },
    change(change) {
      redact = createRedaction(change.redact, report)
    },
    note({ note }) {
      if (!ended) spool?.note({ service: settings.service, instance: settings.instance, counters: note })
    },
    end() {
      if (ended) return
      ended = true
      clearInterval(ticking)
      clearTimeout(behind)
      adoption?.end()
      outbox.spill()
      spool?.end()
      redis.disconnect()
      endRest()
    },
  }
}

function codeOf(error: unknown): FailingCode {
  return error instanceof RedisError && error.code === 'PH_REDIS_REPLY' ? 'PH_REDIS_REPLY' : 'PH_REDIS_AWAY'
}
