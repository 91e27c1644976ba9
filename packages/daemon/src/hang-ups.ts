/**
 * SIGHUP, from the first moment on. It ends a process in which nobody listens, and logrotate or an operator may send it while the daemon still loads its own code,
 * reads its file or loads a plugin.
 *
 *   held ── heed(act) ─▶ heeded: `act` for each one; at once when some came before, once for all of them
 *        └─ letGo() ───▶ as if nobody had listened: one that came before ends the process now
 *
 * What comes before Node runs the first line of ours ends the process as ever. This file imports nothing, so that it is loaded first.
 */
export interface HangUps {
  heed(act: () => void): void
  letGo(): void
}

/** Begins to listen. */
export function holdHangUps(): HangUps {
  let hasCome = false
  let onHangUp = (): void => {
    hasCome = true
  }
  const listener = (): void => onHangUp()
  process.on('SIGHUP', listener)
  return {
    heed(act) {
      onHangUp = act
      if (hasCome) act()
      hasCome = false
    },
    letGo() {
      process.off('SIGHUP', listener)
      if (hasCome) process.kill(process.pid, 'SIGHUP')
    },
  }
}
