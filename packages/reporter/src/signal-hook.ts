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

  function unhook(): void {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }

  function raise(signal: NodeJS.Signals): void {
    unhook()
    // Several reporters: the last one to be done ends the process.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }

  function hear(signal: NodeJS.Signals): void {
    if (ending) {
      raise(signal)
      return
    }
    if (process.listeners(signal).some(listener => !(hook in listener))) {
      void flush()
      return
    }
    ending = true
    void close().then(() => raise(signal))
  }

  const onSignal = Object.assign(hear, { [hook]: true })
  // First: a once() of the application is still to be seen then.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal)
  return unhook
}
