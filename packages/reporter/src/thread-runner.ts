import { Worker } from 'node:worker_threads'
import type { LaneEvent, LaneSettings } from './lane-messages.ts'
import type { LaneRunner, RunnerListener } from './lane-runner.ts'
import type { WorkerMessage } from './worker.ts'

/**
 * Starts the thread of a lane. It gets neither the application's flags (a loader or --inspect given to the application is not meant for
 * it) nor its environment. May throw, for example where threads are not permitted.
 */
export function startWorker(settings: LaneSettings): Worker {
  // From src/ and from dist/ alike this is the compiled file: a thread reads no TypeScript.
  const program = new URL('../dist/worker.js', import.meta.url)
  return new Worker(program, { workerData: settings, execArgv: [], env: {}, name: 'pumphouse-reporter' })
}

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

  function gone(reason: string): void {
    const asked = state !== 'running'
    const first = state !== 'gone'
    state = 'gone'
    onGone()
    if (first && !asked) listener.onDeath(reason)
  }

  try {
    worker = start(settings)
    let reason = 'it ended by itself'
    worker.on('message', (event: LaneEvent) => {
      if (state === 'running') listener.onEvent(event)
    })
    worker.on('error', error => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => gone(reason))
    // After the listeners: a listener for messages makes Node hold the process again.
    worker.unref()
  } catch (error) {
    // Never while it is being started: whoever starts it has no runner yet to hear of.
    setImmediate(gone, error instanceof Error ? error.message : String(error))
  }

  function send(message: WorkerMessage): void {
    worker?.postMessage(message)
  }

  return {
    post(order) {
      if (state !== 'running') return
      try {
        send(order)
      } catch (error) {
        // Rows are clonable, so this should not happen. If it does, no successor could do better.
        const message = error instanceof Error ? error.message : String(error)
        setImmediate(listener.onEvent, { type: 'unencodable', sequence: order.sequence, message })
      }
    },
    end(graceMs) {
      if (worker === undefined || (state === 'gone' && ending === undefined)) {
        state = 'ending'
        return Promise.resolve()
      }
      ending ??= endWithin(worker, graceMs)
      return ending
    },
  }

  function endWithin(thread: Worker, graceMs: number): Promise<void> {
    state = 'ending'
    send('end')
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
