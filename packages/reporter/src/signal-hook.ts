/** SIGTERM and SIGINT end a process that has no listener for them without another word; with one they no longer end it. Hence opt-in. */

import { isMainThread } from 'node:worker_threads'
import type { ErrorCode } from '@pumphouse/record'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** Registered, so that several installed copies of this package know that none of them is the application. */
const hook = Symbol.for('@pumphouse/reporter/signal-hook')

/** What is done when a signal comes. Both must settle within a time of their own, and may not reject. */
export interface SignalActions {
  /** The application has a listener of its own, and decides when it ends. */
  flush(): Promise<unknown>
  /** Nobody else listens: the process ends after this. */
  close(): Promise<unknown>
  /** Says that signals cannot be heard here. */
  warn(code: ErrorCode, message: string): void
}

/** Of every reporter of this process that wants it; one listener hears for all of them. */
const hooked = new Set<SignalActions>()
let ending = false
/** The signal whose listener the application has removed in this turn. */
let removed: unknown

/**
 * Listens for SIGTERM and SIGINT. When nobody else does, the process ends by that very signal after the close() of all who are hooked, or at once when the signal
 * comes again. Returns what takes this one off. A worker thread hears of no signal; there it says so.
 */
export function hookSignals(actions: SignalActions): () => void {
  if (!isMainThread) {
    actions.warn('PH_REPORTER_SIGNALS', 'no signal reaches a worker thread: there `signals` does nothing')
    return () => undefined
  }
  if (hooked.size === 0) listen()
  hooked.add(actions)
  return () => {
    if (hooked.delete(actions) && hooked.size === 0) stopListening()
  }
}

function listen(): void {
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('removeListener', onRemoved)
}

function stopListening(): void {
  ending = false
  for (const signal of SIGNALS) process.off(signal, onSignal)
  process.off('removeListener', onRemoved)
}

const onSignal = Object.assign(
  (signal: NodeJS.Signals): void => {
    if (ending) raise(signal)
    else if (isHeardByOthers(signal)) for (const { flush } of hooked) void flush()
    else {
      ending = true
      void Promise.all([...hooked].map(({ close }) => close())).then(() => raise(signal))
    }
  },
  { [hook]: true },
)

function isHeardByOthers(signal: NodeJS.Signals): boolean {
  return removed === signal || process.listeners(signal).some(listener => !(hook in listener))
}

function raise(signal: NodeJS.Signals): void {
  hooked.clear()
  stopListening()
  // Several installed copies: the last one to be done ends the process.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

/** A once() that is called before the hook is gone by then, but in the same turn. */
function onRemoved(event: unknown, listener: object): void {
  if (!SIGNALS.some(signal => signal === event) || hook in listener) return
  removed = event
  queueMicrotask(() => {
    removed = undefined
  })
}
