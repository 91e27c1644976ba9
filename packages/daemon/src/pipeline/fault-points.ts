/**
 * Places where a test lets the daemon die. PUMPHOUSE_FAULT=before-settle:3 kills the process, with SIGKILL and by its own hand, the third
 * time it comes to that place. Unarmed, which is always the case outside tests, there is no such object, and a place costs the look
 * at an undefined variable.
 *
 *   after-read       frames are leased to this process, nothing of them is decoded
 *   after-decode     a frame is decoded, its records are in no batch
 *   mid-write        the pump has begun to write a batch
 *   before-settle    the batch is at the target, its frames are not settled
 *   during-settle    the settle is sent, its reply is not here
 *   during-takeover  the same of a take-over
 *   during-trim      the same of a trim
 */

export const FAULT_POINTS = [
  'after-read',
  'after-decode',
  'mid-write',
  'before-settle',
  'during-settle',
  'during-takeover',
  'during-trim',
] as const

export type FaultPoint = (typeof FAULT_POINTS)[number]

/** One armed place. */
export interface FaultPoints {
  /** The process is at the place: if it is the armed one for the armed time, this is the end. */
  reach(point: FaultPoint): void
  /** A step was begun that others carry out: the end comes `afterMs` later; by default as soon as what was to be sent has been. */
  enter(point: FaultPoint, afterMs?: number): void
}

const SPEC = /^([a-z-]+)(?::([1-9]\d{0,8}))?$/

/** Arms `point` or `point:times` (default 1). `die` must not return. Undefined when the text names no place. */
export function armFaultPoints(text: string, die: () => void): FaultPoints | undefined {
  const [, name, times = '1'] = SPEC.exec(text) ?? []
  const armed = FAULT_POINTS.find(point => point === name)
  if (!armed) return undefined
  let left = Number(times)
  const isTime = (point: FaultPoint): boolean => point === armed && --left === 0
  return {
    reach(point) {
      if (isTime(point)) die()
    },
    enter(point, afterMs = 0) {
      if (!isTime(point)) return
      if (afterMs > 0) setTimeout(die, afterMs)
      // After this turn of the event loop: the socket has been given its bytes, and no answer has been looked for.
      else setImmediate(die)
    },
  }
}
