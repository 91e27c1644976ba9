/**
 * A lane: encodes batches and pushes the frames, in order, until the set has them. The same code runs in a worker thread and, with
 * poolSize 0, on the application's own.
 *
 * Two loops share a queue of frames. Encoding takes one batch per turn of the event loop, so that the thread stays responsive and
 * the next frame is ready when the reply to the last push comes. Pushing has one call under way at a time and sends what is there, several
 * frames together when it is behind. A push that fails is repeated with the same frames: the set ignores those it has.
 *
 * pushing: idle → (frame) → push ─ taken ────────────────────→ next push, or idle
 *                            └──── failed or full ─→ resting ─→ push     (backoff, cut short when the connection comes back)
 */

import { connectRedis, createProducer, type OutgoingFrame, RedisError } from '@pumphouse/queue'
import { encodeFrame, type RowBatch } from '@pumphouse/record'
import { backoffMs } from './backoff.ts'
import type { LaneEvent, LaneOrder, LaneSettings } from './lane-messages.ts'

/** Frames and bytes in one push: enough to catch up fast, short enough for Redis to serve others in between. */
const MAX_PUSH_FRAMES = 16
const MAX_PUSH_BYTES = 4 * 1024 * 1024

/** One ordered sequence of frames on its way into the set. */
export interface Lane {
  /** Takes a batch; sequences must increase. Never throws: what becomes of it is said by an event. */
  accept(order: LaneOrder): void
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
  const frames: OutgoingFrame[] = []
  const producer = { service: settings.service, instance: settings.instance, lane: settings.lane }
  const redis = connectRedis(settings.redis, `pumphouse-reporter-${settings.service}`, {
    onUp() {
      connected = true
      report({ type: 'connection', up: true })
      endRest()
    },
    onDown(error) {
      connected = false
      report({ type: 'connection', up: false })
      failing(error)
    },
  })
  onConnection?.(redis)
  const target = createProducer(redis, { ...settings.set, lane: settings.lane })
  let connected = false
  let encoding = false
  let pushing = false
  let inEpisode = false
  let ended = false
  let endRest = (): void => undefined

  function encodeNext(): void {
    encoding = false
    const order = orders.shift()
    if (ended || order === undefined) return
    const { sequence, counters } = order
    try {
      const batch = settings.weight === undefined ? order.batch : weighted(order.batch, settings.weight)
      const bytes = encodeFrame(order.baseId, { ...producer, sequence, counters }, batch, settings)
      frames.push({ sequence, count: batch.rows.length, bytes })
    } catch (error) {
      report({ type: 'unencodable', sequence, message: messageOf(error) })
    }
    encodeSoon()
    if (!pushing && frames.length > 0) void pushAll()
  }

  function encodeSoon(): void {
    if (encoding || orders.length === 0) return
    encoding = true
    setImmediate(encodeNext)
  }

  async function pushAll(): Promise<void> {
    pushing = true
    for (let failures = 0; frames.length > 0 && !ended; ) {
      failures = (await pushSome()) ? 0 : failures + 1
      if (failures > 0 && !ended) await rest(backoffMs(failures))
    }
    pushing = false
  }

  /** False when nothing was taken. Never rejects. */
  async function pushSome(): Promise<boolean> {
    // At the start the connection is still being made; if that fails, onDown says it.
    if (!connected) return false
    try {
      const { accepted, full } = await target.push(firstFrames(frames))
      if (accepted > 0) {
        inEpisode = false
        report({ type: 'sent', sequences: frames.splice(0, accepted).map(frame => frame.sequence) })
      }
      if (full && !ended) failing(new Error('the backlog cap of the set is reached'), 'PH_REDIS_REPLY')
      return accepted > 0 && !full
    } catch (error) {
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

  function failing(error: unknown, code = codeOf(error)): void {
    if (inEpisode) return
    inEpisode = true
    report({ type: 'failing', code, message: messageOf(error) })
  }

  return {
    accept(order) {
      orders.push(order)
      encodeSoon()
    },
    end() {
      ended = true
      redis.disconnect()
      endRest()
    },
  }
}

/** As many frames as go into one push, at least one. */
function firstFrames(frames: readonly OutgoingFrame[]): readonly OutgoingFrame[] {
  let bytes = 0
  const end = frames.findIndex((frame, index) => {
    bytes += frame.bytes.length
    return index === MAX_PUSH_FRAMES || (index > 0 && bytes > MAX_PUSH_BYTES)
  })
  return end < 0 ? [...frames] : frames.slice(0, end)
}

/** The batch with `weight` in every record that does not say its own. */
function weighted(batch: RowBatch, weight: number): RowBatch {
  const own = batch.shapes.map(columns => columns.includes('weight'))
  return {
    shapes: batch.shapes.map((columns, shape) => (own[shape] ? columns : [...columns, 'weight'])),
    rows: batch.rows.map(row => (own[row[0] as number] ? row : [...row, weight])),
    bytes: batch.bytes,
  }
}

function codeOf(error: unknown): 'PH_REDIS_AWAY' | 'PH_REDIS_REPLY' {
  return error instanceof RedisError && error.code === 'PH_REDIS_REPLY' ? 'PH_REDIS_REPLY' : 'PH_REDIS_AWAY'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
