/** SIGTERM and SIGINT end a process that has no listener for them without another word; with one they no longer end it. Hence opt-in. */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** Registered, so that several installed copies of this package know that none of them is the application. */
const hook = Symbol.for('@pumphouse/reporter/signal-hook')

/** What is done when a signal comes. Both must settle within a time of their own, and may not reject. */
export interface SignalActions {
  /** The application has a listener of its own, and decides when it ends. */
  flush(): Promise<unknown>
  /** Nobody else listens: the process ends after this. */
  close(): Promise<unknown>
}

/**
 * Listens for SIGTERM and SIGINT. When nobody else does, the process ends by that very signal after close(), or at once when the signal comes
 * again. Returns what takes the listeners away.
 */
export function hookSignals({ flush, close }: SignalActions): () => void {
  let ending = false
  /** The signal whose listener the application has removed in this turn. */
  let removed: unknown

  function unhook(): void {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    process.off('removeListener', onRemoved)
  }

  function raise(signal: NodeJS.Signals): void {
    unhook()
    // Several reporters: the last one to be done ends the process.
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

  function hear(signal: NodeJS.Signals): void {
    if (ending) {
      raise(signal)
      return
    }
    if (removed === signal || process.listeners(signal).some(listener => !(hook in listener))) {
      void flush()
      return
    }
    ending = true
    void close().then(() => raise(signal))
  }

  const onSignal = Object.assign(hear, { [hook]: true })
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('removeListener', onRemoved)
  return unhook
}
