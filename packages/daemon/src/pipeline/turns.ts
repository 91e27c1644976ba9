/**
 * Pipelines decode and hand over without ever leaving the microtask queue, so left alone a drain would keep the event loop to itself and
 * health would not answer. Turns divide the loop's time: whoever has worked for a slice queues up, and each turn of the event loop, after
 * it has looked at its sockets and timers, lets exactly one of the queue go on. So a health request waits for a slice at most, however
 * many pipelines there are. Those that wait share one slice: what a frame's first reader decodes is then soon had by all others, and dies
 * young. With whole slices for each of eight, most records would outlive the garbage collector's nursery, which costs memory.
 *
 * Three turns of four go to the one that is furthest behind in the set, the fourth to the one that has waited longest. So pipelines
 * that drain the same backlog come together, where each frame is decoded once for all of them; and one that is far behind (a new
 * pump with a long backlog) does not keep the others waiting.
 */

/**
 * Long enough that a turn of the loop (a few microseconds) costs nothing beside it, short enough that health answers well within 50 ms and that a
 * write of several steps, each of which waits for a turn, is not held up by the decoding of the next batch.
 */
const SLICE_MS = 1
const TURNS_PER_TURN_BY_AGE = 4

/** Who may work now. */
export interface Turns {
  /** True when the running slice is used up: await `next()` before going on. */
  due(): boolean
  /** Resolves when the event loop has turned and it is this caller's turn. `position`: how far it is in the set; smaller is further behind. */
  next(position: number): Promise<void>
}

interface Waiting {
  readonly position: number
  resume(): void
}

/** Divides one event loop among everyone that shares the returned object. `sliceMs`: how long one works while nobody waits, default 4. */
export function createTurns(sliceMs = SLICE_MS): Turns {
  const waiting: Waiting[] = []
  let sliceStart = performance.now()
  let turns = 0

  function choose(): number {
    if (turns % TURNS_PER_TURN_BY_AGE === 0) return 0
    let chosen = 0
    for (const [i, { position }] of waiting.entries()) {
      if (position < (waiting[chosen] as Waiting).position) chosen = i
    }
    return chosen
  }

  function turn(): void {
    sliceStart = performance.now()
    turns += 1
    waiting.splice(choose(), 1)[0]?.resume()
    if (waiting.length > 0) setImmediate(turn)
  }

  return {
    due: () => performance.now() - sliceStart >= sliceMs / (1 + waiting.length),
    next: position =>
      new Promise(resume => {
        waiting.push({ position, resume })
        if (waiting.length === 1) setImmediate(turn)
      }),
  }
}
