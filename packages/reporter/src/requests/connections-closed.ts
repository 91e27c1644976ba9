import { setImmediate } from 'node:timers/promises'

/**
 * Resolves when what a closed server has still to say is said. A server says that it has closed before it says so of the last response
 * of a client that left: a socket's own 'close' comes after the callbacks of the turn that destroyed it.
 */
export async function connectionsClosed(): Promise<void> {
  await setImmediate()
  await setImmediate()
}
