/**
 * Takes over what processes that are gone left on disk: one folder after the other, its frames pushed under the lane that made them, in order.
 * What the set had already from them it takes for known; a lane that it forgot (a day of silence) it simply takes. A folder is removed
 * when the set has all of it, and what its reporter had counted last. Each lane of each process may do this; a folder has one taker (see spool-folder.ts).
 */

import { errorMessage } from '@pumphouse/options/error-message'
import { type connectRedis, createProducer, RedisError, type ReporterAccount } from '@pumphouse/queue'
import { decodeProducer } from '@pumphouse/record'
import { backoffMs } from '../lane/backoff.ts'
import { CAP_REACHED, type FailingCode, type LaneEvent, type LaneSettings } from '../lane/lane-messages.ts'
import type { PushSize } from '../lane/push-size.ts'
import { readNote, removeNote } from './account-note.ts'
import type { LaneSpool } from './lane-spool.ts'
import { adoptable, type FoundFolder, findFolders, heartbeat, isGone, release, take } from './spool-folder.ts'
import { createSpoolQueue, type SpoolQueue } from './spool-queue.ts'

/** Bytes read and pushed at once. */
const MAX_PUSH_BYTES = 4 * 1024 * 1024

/** Adopts. Never throws. */
export interface Adoption {
  /** Begins with what is adoptable of these, unless it is at work already. */
  look(found: readonly FoundFolder[]): void
  /** To be called every HEARTBEAT_MS: keeps the folder that it is at. */
  keep(): void
  /** Stops; what is not drained is left to the next. */
  end(): void
}

/** `report` hears of everything in `adopted` events; `size` is that of the lane, whose connection it uses. */
export function createAdoption(
  spool: LaneSpool,
  redis: ReturnType<typeof connectRedis>,
  settings: LaneSettings,
  size: PushSize,
  report: (event: LaneEvent) => void,
): Adoption {
  let current: { readonly folder: FoundFolder; readonly queue: SpoolQueue } | undefined
  /** Lanes whose folders cannot be read or taken by this process. */
  const unusable = new Set<string>([settings.lane])
  let busy = false
  let inEpisode = false
  let ended = false

  async function adoptAll(found: readonly FoundFolder[]): Promise<void> {
    let left = found
    for (;;) {
      const folder = adoptable(left).find(({ lane }) => !unusable.has(lane))
      if (folder === undefined || ended) return
      try {
        if (folder.unreadable !== undefined) throw folder.unreadable
        if (take(folder)) await drain(folder)
      } catch (error) {
        unusable.add(folder.lane)
        if (!isGone(error)) report({ type: 'unadoptable', message: errorMessage(error) })
      }
      left = findFolders(spool.root)
    }
  }

  async function drain(folder: FoundFolder): Promise<void> {
    const queue = createSpoolQueue('removed')
    current = { folder, queue }
    try {
      const damage = { places: 0, bytes: 0 }
      queue.load(folder, damage)
      if (damage.places > 0) report({ type: 'adopted', records: 0, expired: 0, corrupt: damage.places })
      const target = createProducer(redis, { ...settings.set, lane: folder.lane })
      for (let failures = 0; queue.frames > 0 && !ended; ) {
        failures = (await drainSome(queue, target)) ? 0 : failures + 1
        if (failures > 0) await rest(backoffMs(failures))
      }
      await bringNote(folder, target)
    } finally {
      leave()
    }
  }

  /** What its reporter had counted last, after its frames: what is missing then is lost. */
  async function bringNote(folder: FoundFolder, target: ReturnType<typeof createProducer>): Promise<void> {
    const account = readNote(folder)
    for (let failures = 0; !ended; ) {
      if (account === undefined || (await taken(() => target.note(account)))) return removeNote(folder)
      await rest(backoffMs(++failures))
    }
  }

  async function taken(bring: () => Promise<void>): Promise<boolean> {
    try {
      await bring()
      return !ended
    } catch (error) {
      if (error instanceof RedisError && error.code === 'PH_REDIS_REPLY') refused(error.message)
      return false
    }
  }

  /** False when nothing was taken. */
  async function drainSome(queue: SpoolQueue, target: ReturnType<typeof createProducer>): Promise<boolean> {
    const oldestMs = Date.now() - spool.settings.maxAgeMs
    const frames = queue.read(size.frames, MAX_PUSH_BYTES)
    if (frames.length === 0) {
      queue.dropFile()
      report({ type: 'adopted', records: 0, expired: 0, corrupt: 1 })
      return true
    }
    const young = frames.findIndex(frame => frame.writtenAtMs >= oldestMs)
    const expired = young < 0 ? frames.length : young
    for (const frame of frames.slice(0, expired)) queue.drop(frame)
    if (expired > 0) report({ type: 'adopted', records: 0, expired: recordsOf(frames.slice(0, expired)), corrupt: 0 })
    const wanted = frames.slice(expired)
    const accepted = wanted.length === 0 ? 0 : await push(target, wanted)
    if (ended) return false
    for (const frame of wanted.slice(0, accepted)) queue.drop(frame)
    if (accepted > 0) report({ type: 'adopted', records: recordsOf(wanted.slice(0, accepted)), expired: 0, corrupt: 0 })
    return accepted === wanted.length
  }

  /** How many of them the set has now. That Redis is away is told by the connection; what it refuses must be said here. */
  async function push(
    target: ReturnType<typeof createProducer>,
    frames: Parameters<typeof target.push>[0],
  ): Promise<number> {
    try {
      const startedAt = performance.now()
      const { accepted, full } = await target.push(frames, makerOf(frames))
      size.answered(performance.now() - startedAt)
      if (full) atCap()
      else inEpisode = false
      return accepted
    } catch (error) {
      if (error instanceof RedisError && error.code === 'PH_REDIS_REPLY') refused(error.message)
      else size.unanswered(frames.length)
      return 0
    }
  }

  function atCap(): void {
    report({ type: 'capped' })
    refused(CAP_REACHED, 'PH_BACKLOG_FULL')
  }

  function refused(message: string, code: FailingCode = 'PH_REDIS_REPLY'): void {
    if (inEpisode || ended) return
    inEpisode = true
    report({ type: 'failing', code, message })
  }

  function leave(): void {
    if (current === undefined) return
    current.queue.close()
    release(current.folder)
    current = undefined
  }

  return {
    look(found) {
      if (busy) return
      busy = true
      adoptAll(found)
        .catch(() => undefined)
        .finally(() => {
          busy = false
        })
    },
    keep() {
      try {
        // False: this process was frozen and another has it. Both drain on; the set takes each frame once.
        if (current !== undefined) heartbeat(current.folder)
      } catch {
        // Its folder becomes stale, and another may take it: no harm either.
      }
    },
    end() {
      ended = true
      leave()
    },
  }
}

/** Who made them, and what it had counted when it made the last of them. A frame nobody can read goes on to where it is kept as such. */
function makerOf(frames: readonly { readonly bytes: Uint8Array }[]): ReporterAccount | undefined {
  try {
    return decodeProducer(frames.at(-1)?.bytes ?? new Uint8Array())
  } catch {
    return undefined
  }
}

function recordsOf(frames: readonly { readonly count: number }[]): number {
  return frames.reduce((sum, frame) => sum + frame.count, 0)
}

function rest(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref()
  })
}
