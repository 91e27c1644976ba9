import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { errorMessage } from '@pumphouse/options/error-message'
import type { LaneSettings } from './lane-messages.ts'
import type { LaneRunner, RunnerListener } from './lane-runner.ts'
import type { WorkerAnswer, WorkerMessage } from './worker.ts'

/** How often a thread is asked whether it lives. */
const PING_MS = 5_000
/**
 * A thread that has not said a word after so many questions hangs: half a minute is far beyond all it does at a stretch. Questions are counted
 * and not time, because a process that was frozen, or whose own thread was blocked, asked none meanwhile.
 */
const MAX_UNANSWERED = 6

/** What a lane makes is gone with its batch. Left to itself, an engine lets a thread collect three times 16 MiB of that before it looks, and the bytes of batches besides. */
const YOUNG_GENERATION_MIB = 6

/**
 * Starts the thread of a lane. It gets neither the application's flags (a loader or --inspect given to the application is not meant for
 * it) nor its environment. May throw, for example where threads are not permitted.
 */
export function startWorker(settings: LaneSettings): Worker {
  const { workerFile } = settings
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB }
  const options = { workerData: settings, execArgv: [], env: {}, name: 'pumphouse-reporter', resourceLimits }
  if (workerFile !== undefined) {
    return new Worker(workerFile.startsWith('file:') ? new URL(workerFile) : resolve(workerFile), options)
  }
  // From src/ and from dist/ alike this is the compiled file: a thread reads no TypeScript. A bundler would copy it without what it imports.
  const program = new URL(/* webpackIgnore: true */ '../../dist/lane/worker.js', import.meta.url)
  return new Worker(program, options)
}

/** What a start fails with that no other start can do better: there is no such file, as in a bundle; threads are not permitted. */
const HOPELESS: ReadonlySet<unknown> = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_INVALID_URL',
  'ERR_ACCESS_DENIED',
])

/** A lane in a worker thread of its own, which never keeps the process alive. The third argument is for tests that want to hold the thread. */
export function startThreadRunner(
  settings: LaneSettings,
  listener: RunnerListener,
  start: (settings: LaneSettings) => Worker = startWorker,
): LaneRunner {
  let state: 'running' | 'ending' | 'gone' = 'running'
  let worker: Worker | undefined
  let onGone = (): void => undefined
  let ending: Promise<void> | undefined
  let unanswered = 0
  let reason = 'it ended by itself'
  let hopeless = false
  const pinging = setInterval(ping, PING_MS).unref()

  function ping(): void {
    if (state !== 'running') return
    if (unanswered++ < MAX_UNANSWERED) {
      trySend('ping')
      return
    }
    reason = `it did not answer for ${(MAX_UNANSWERED * PING_MS) / 1000} s`
    // Its end is told like any death, and its successor sends again what it had not finished.
    worker?.terminate().catch(() => undefined)
  }

  function failed(error: unknown): void {
    reason = errorMessage(error)
    hopeless = error instanceof Error && 'code' in error && HOPELESS.has(error.code)
  }

  function gone(): void {
    const asked = state !== 'running'
    const first = state !== 'gone'
    state = 'gone'
    clearInterval(pinging)
    onGone()
    if (first && !asked) listener.onDeath(reason, hopeless)
  }

  try {
    worker = start(settings)
    worker.on('message', (answer: WorkerAnswer) => {
      unanswered = 0
      if (state === 'running' && answer !== 'pong') listener.onEvent(answer)
    })
    worker.on('error', failed)
    worker.on('exit', gone)
    // After the listeners: a listener for messages makes Node hold the process again.
    worker.unref()
  } catch (error) {
    // Never while it is being started: whoever starts it has no runner yet to hear of. One that runs and is not heard must not take what its successor is given.
    failed(error)
    worker?.terminate().catch(() => undefined)
    worker = undefined
    setImmediate(gone)
  }

  function send(message: WorkerMessage): void {
    worker?.postMessage(message)
  }

  /** What is no batch is not worth an exception on a timer of the application, should somebody have changed what a worker does: see MAX_UNANSWERED and graceMs. */
  function trySend(message: WorkerMessage): void {
    try {
      send(message)
    } catch {
      // A thread that does not hear the question is ended in time, as one that hangs.
    }
  }

  return {
    post(order) {
      if (state !== 'running') return
      try {
        send(order)
      } catch (error) {
        // Rows are clonable, so this should not happen. If it does, no successor could do better.
        const message = errorMessage(error)
        setImmediate(listener.onEvent, { type: 'unencodable', sequence: order.sequence, message })
      }
    },
    change(change) {
      if (state === 'running') trySend(change)
    },
    note(note) {
      if (state === 'running') send(note)
    },
    end(graceMs) {
      if (worker === undefined || (state === 'gone' && ending === undefined)) {
        state = 'ending'
        clearInterval(pinging)
        return Promise.resolve()
      }
      ending ??= endWithin(worker, graceMs)
      return ending
    },
  }

  function endWithin(thread: Worker, graceMs: number): Promise<void> {
    state = 'ending'
    clearInterval(pinging)
    trySend('end')
    return new Promise(resolve => {
      // This timer alone keeps the process until the thread is gone.
      const timer = setTimeout(() => void thread.terminate().catch(() => undefined), graceMs)
      onGone = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
