/**
 * Whether SIGSTOP has taken effect. kill() returns as soon as the signal is queued: one thread of each process has to
 * run to take it and to have the others stop, and on a busy machine the rest go on answering for that long.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** State and process group in /proc/PID/stat, after the name, which may hold spaces and brackets (proc_pid_stat(5)). */
const STAT = /.*\) (\S) -?\d+ (-?\d+) /s
/** Stopped, and ended: neither does anything any more. */
const STILL = new Set(['T', 'Z', 'X'])

/** True when no thread of the group runs any more, and where there is no /proc to see it in. */
export function groupHasStopped(group: number): boolean {
  return namesOf('/proc').every(pid => isStill(pid, group))
}

function isStill(pid: string, group: number): boolean {
  if (!/^\d+$/.test(pid) || statOf(`/proc/${pid}`).group !== group) return true
  return namesOf(`/proc/${pid}/task`).every(thread => STILL.has(statOf(`/proc/${pid}/task/${thread}`).state))
}

/** What has ended between its being listed and its being read is still. */
function statOf(folder: string): { readonly state: string; readonly group: number } {
  const [, state = 'X', group = '0'] = STAT.exec(textOf(`${folder}/stat`)) ?? []
  return { state, group: Number(group) }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
