/**
 * What `promise` settles with, or a throw of the signal's reason as soon as it aborts. The promise goes on by itself then;
 * what it ends with is nobody's business any more, and a late rejection is not an unhandled one.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
