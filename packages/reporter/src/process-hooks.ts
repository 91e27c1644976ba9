/**
 * What reporters do as the process ends. Each event has one listener for all of them: of more than ten, as the tests of an application have them that close none,
 * Node says that they leak.
 */

import { hookSignals, type SignalActions } from './signal-hook.ts'
import { unlessBroken } from './unless-broken.ts'

/** What is to be done. */
export interface ProcessActions {
  /** The process has nothing more to do; what this begins is waited for. */
  idle(): void
  /** It exits: synchronous, or it does not run. */
  exit?: (() => void) | undefined
  signals?: SignalActions | undefined
}

/** Returns what undoes it. */
export type HookProcess = (actions: ProcessActions) => () => void

const onIdle = sharing('beforeExit')
const onExit = sharing('exit')

export const hookProcess: HookProcess = ({ idle, exit, signals }) => {
  const unhooks = [onIdle(idle), exit && onExit(exit), signals && hookSignals(signals)]
  return () => {
    for (const unhook of unhooks) unhook?.()
  }
}

function sharing(event: 'beforeExit' | 'exit'): (action: () => void) => () => void {
  const actions = new Set<() => void>()
  const listener = (): void => {
    for (const action of actions) unlessBroken(action)
  }
  return action => {
    if (actions.size === 0) process.on(event as 'exit', listener)
    actions.add(action)
    return () => {
      if (actions.delete(action) && actions.size === 0) process.off(event, listener)
    }
  }
}
