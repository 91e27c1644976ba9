/** What functions of the application return that nobody waits for. */
import { types } from 'node:util'

/** Whether it would have to be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return types.isPromise(value) || (value instanceof Object && 'then' in value && typeof value.then === 'function')
}

/** A rejection that is nobody's ends a process. */
export function ignoreRejection(returned: unknown): void {
  if (isThenable(returned)) returned.then(undefined, () => undefined)
}
