/**
 * The requests that are under way, oldest first. Two rings of linked requests, because a request must come and go at the cost of a few
 * assignments: `young` are those that nobody heard of yet; with `openRecordAfterMs`, those that are older were announced by a record.
 */

import { createFlushing } from '../flushing.ts'

/** A request under way, and its place in a ring. */
export interface OpenRequest {
  /** When it began, as performance.now() tells. */
  readonly startMs: number
  previous: OpenRequest | undefined
  next: OpenRequest | undefined
  /** Makes a record that it is there. Must not throw. */
  announce(): void
  /** Makes its last record: the application closes. It takes itself away. Must not throw. */
  shutDown(): void
}

/** What a reporter knows of requests under way. */
export interface OpenRequests {
  add(request: OpenRequest): void
  remove(request: OpenRequest): void
  /** True once all that are under way now have ended, false when timeoutMs came first. */
  ended(timeoutMs: number): Promise<boolean>
  /** Ends the oldest of them, so many at most, and no more than some milliseconds allow; without a number, all. Whether there are more. Those that come later are as always. */
  shutDown(most?: number): boolean
  /** No longer announces any. */
  stop(): void
}

/** How late an announcement may be, as a share of the time it is due after, and at least: more often costs more than it tells. */
const LATENESS = 0.1
const MIN_INTERVAL_MS = 10
/** In one turn of the event loop: a record takes some microseconds, with hooks of the application some more, and thousands of streams may have begun at once. */
export const MAX_AT_ONCE = 100

/** Nor for longer than this: with bodies that were captured, or hooks that compute, a record takes a millisecond. */
const MAX_TURN_MS = 4

/** `openRecordAfterMs`: 0 = none is announced. The timer keeps no process alive. `now`: in the units of performance.now(). */
export function createOpenRequests(openRecordAfterMs = 0, now = performance.now.bind(performance)): OpenRequests {
  const young = createRing()
  const announced = createRing()
  const ending = createFlushing<OpenRequest>()
  /** The next part of those that are due at once. */
  let rest: NodeJS.Immediate | undefined
  const timer =
    openRecordAfterMs > 0
      ? setInterval(announceOld, Math.max(MIN_INTERVAL_MS, openRecordAfterMs * LATENESS)).unref()
      : undefined

  function announceOld(): void {
    const beganMs = now()
    const bornBeforeMs = beganMs - openRecordAfterMs
    for (let announcing = 0; ; announcing++) {
      const oldest = young.next
      if (oldest === undefined || oldest === young || oldest.startMs > bornBeforeMs) return
      if (announcing === MAX_AT_ONCE || now() - beganMs > MAX_TURN_MS) {
        rest = setImmediate(announceOld).unref()
        return
      }
      unlink(oldest)
      link(announced, oldest)
      oldest.announce()
    }
  }

  function remove(request: OpenRequest): void {
    unlink(request)
    ending.settled(request)
  }

  return {
    add: request => link(young, request),
    remove,
    ended: timeoutMs => ending.wait([...requestsIn(announced), ...requestsIn(young)], timeoutMs),
    shutDown(most = Number.POSITIVE_INFINITY) {
      const untilMs = most === Number.POSITIVE_INFINITY ? most : now() + MAX_TURN_MS
      let ended = 0
      for (const ring of [announced, young]) {
        while (ring.next !== undefined && ring.next !== ring) {
          if (ended++ === most || now() > untilMs) return true
          const oldest = ring.next
          remove(oldest)
          oldest.shutDown()
        }
      }
      return false
    },
    stop() {
      clearInterval(timer)
      clearImmediate(rest)
    },
  }
}

/** An empty ring: a request that is none, linked to itself. */
function createRing(): OpenRequest {
  const ring: OpenRequest = {
    startMs: 0,
    previous: undefined,
    next: undefined,
    announce: () => undefined,
    shutDown: () => undefined,
  }
  ring.previous = ring
  ring.next = ring
  return ring
}

function* requestsIn(ring: OpenRequest): Generator<OpenRequest> {
  for (let at = ring.next; at !== undefined && at !== ring; at = at.next) yield at
}

/** Puts the request behind those that are older: behind all others, but for one that waited in front of the reporter. */
function link(ring: OpenRequest, request: OpenRequest): void {
  let { previous } = ring
  while (previous !== undefined && previous !== ring && previous.startMs > request.startMs) previous = previous.previous
  const next = previous?.next ?? ring
  request.previous = previous
  request.next = next
  if (previous !== undefined) previous.next = request
  next.previous = request
}

/** Safe for one that is in no ring. */
function unlink(request: OpenRequest): void {
  const { previous, next } = request
  if (previous !== undefined) previous.next = next
  if (next !== undefined) next.previous = previous
  request.previous = undefined
  request.next = undefined
}
