/**
 * Pipelines decode and hand over without ever leaving the microtask queue, so left alone a drain would keep the event loop to itself and
 * health would not answer. Turns divide the loop's time: whoever has worked for a slice queues up, and each turn of the event loop, after
 * it has looked at its sockets and timers, lets exactly one of the queue go on. So a health request waits for a slice at most, however
 * many pipelines there are, and every pipeline gets the same share.
 */

/** Long enough that a turn of the loop (a few microseconds) costs nothing beside it, short enough that health answers well within 50 ms. */
const SLICE_MS = 8

export interface Turns {
  /** True when the running slice is used up: await `next()` before going on. */
  due(): boolean
  /** Resolves when the event loop has turned and it is this caller's turn, first come first served. */
  next(): Promise<void>
}

/** Divides one event loop among everyone that shares the returned object. `sliceMs` defaults to 8. */
export function createTurns(sliceMs = SLICE_MS): Turns {
  const waiting: (() => void)[] = []
  let sliceStart = performance.now()

  function turn(): void {
    sliceStart = performance.now()
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(turn)
  }

  return {
    due: () => performance.now() - sliceStart >= sliceMs,
    next: () =>
      new Promise(resolve => {
        waiting.push(resolve)
        if (waiting.length === 1) setImmediate(turn)
      }),
  }
}
