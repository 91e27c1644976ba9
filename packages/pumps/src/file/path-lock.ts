/**
 * One writer per path, between processes and inside one. The lock is a file beside the path, `<path>.lock`, that names its holder and
 * is touched while it is held.
 *
 * A lock is stale, and taken over, when its holder is a process of this host that is gone, is this very process without holding it (a
 * container starts as the same pid again), or, whoever it is, has not touched it for STALE_MS. Since that is told by two clocks, which may be apart, such a
 * lock must besides have stayed untouched for QUIET_MS under our own eyes: the first who wants it is refused. A holder that finds another's token
 * in the file (it was frozen for long) has lost the lock and says so.
 */
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { RetryableError } from '../errors.ts'
import { errorCode } from './file-error.ts'

export interface PathLock {
  /** False once another has taken it over. */
  readonly held: boolean
  /** Gives it back; if the system does not let us, it goes stale by itself. Safe twice. Never rejects. */
  release(): Promise<void>
}

/** Often enough that several touches fit into STALE_MS on a busy machine. */
const TOUCH_MS = 5_000
/** How long a new pod waits for the lock of one that was killed on another host. */
const STALE_MS = 30_000
/** A holder that lives touches it in this time, whatever its clock says. */
const QUIET_MS = 2 * TOUCH_MS
/** Each failed attempt means that somebody else was faster; one of them got the lock. */
const ATTEMPTS = 5

interface Holder {
  readonly token: string
  readonly pid: number
  readonly host: string
}

/** The tokens that this process holds: what tells our own lock from one left by an earlier process with our pid. */
const heldHere = new Set<string>()

/** A lock of somebody who may be gone, as it was first seen like that. */
interface Suspect {
  readonly token: string | undefined
  readonly touchedAtMs: number
  /** By performance.now(). */
  readonly since: number
}

/** By the file of the lock. */
const suspects = new Map<string, Suspect>()

/** Takes the lock, or throws a RetryableError that names the holder. */
export async function lockPath(path: string): Promise<PathLock> {
  const file = `${path}.lock`
  const mine: Holder = { token: randomUUID(), pid: process.pid, host: hostname() }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    heldHere.add(mine.token)
    try {
      await create(file, mine)
      return keep(file, mine)
    } catch (error) {
      heldHere.delete(mine.token)
      if (errorCode(error) !== 'EEXIST') throw error
      await removeIfStale(path, file, mine.token)
    }
  }
  throw new RetryableError(`${path} is wanted by several writers at once`)
}

/**
 * Throws EEXIST when it is there. It appears with its text in it: one that is empty, because its writer was killed, would have to go stale. Where a
 * file can have no second name, it is written in place.
 */
async function create(file: string, mine: Holder): Promise<void> {
  const draft = `${file}.${mine.token}`
  const text = JSON.stringify(mine)
  try {
    await writeFile(draft, text, { flag: 'wx' })
    await link(draft, file).catch(error => {
      if (errorCode(error) === 'EEXIST') throw error
      return writeFile(file, text, { flag: 'wx' })
    })
  } finally {
    await rm(draft, { force: true })
  }
}

function keep(file: string, mine: Holder): PathLock {
  let held = true
  const touch = async (): Promise<void> => {
    const holder = await readHolder(file)
    if (holder?.token !== mine.token) held = false
    else await utimes(file, new Date(), new Date())
  }
  // A touch that fails (no space, no rights) is made up for by the next, or the lock goes stale.
  const timer = setInterval(() => void touch().catch(() => undefined), TOUCH_MS).unref()
  return {
    get held() {
      return held
    },
    async release() {
      clearInterval(timer)
      if (!heldHere.delete(mine.token)) return
      held = false
      try {
        const holder = await readHolder(file)
        if (holder?.token === mine.token) await rm(file, { force: true })
      } catch {
        // No descriptor left, no rights any more: nobody touches it from now on.
      }
    },
  }
}

/** Throws when it is not stale. Whoever renames it away first removes it; one taken by another in between is put back. */
async function removeIfStale(path: string, file: string, token: string): Promise<void> {
  const seen = await readHolder(file)
  const touchedAtMs = await touchTime(file)
  if (touchedAtMs === undefined) return void suspects.delete(file)
  if (!isGone(seen) && !isLeft(file, seen, touchedAtMs)) {
    const who = seen === undefined ? 'another writer' : `process ${seen.pid} on ${seen.host}`
    throw new RetryableError(`${path} is already being written by ${who}: every file pump needs a path of its own`)
  }
  suspects.delete(file)
  const aside = `${file}.${token}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const taken = await readHolder(aside)
  if (taken?.token !== seen?.token) await rename(aside, file)
  else await rm(aside, { force: true })
}

/** What needs no clock. */
function isGone(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.host !== hostname()) return false
  return holder.pid === process.pid ? !heldHere.has(holder.token) : !processExists(holder.pid)
}

/**
 * Of another host, of a process here that may have got the pid of its holder, or half written by one who is at it or died at it. Touched in the future
 * counts as long ago: a clock was set back, and a holder that lives touches it again.
 */
function isLeft(file: string, holder: Holder | undefined, touchedAtMs: number): boolean {
  const isOurs = holder !== undefined && heldHere.has(holder.token)
  if (isOurs || Math.abs(Date.now() - touchedAtMs) <= STALE_MS) {
    suspects.delete(file)
    return false
  }
  const first = suspects.get(file)
  if (first?.token === holder?.token && first?.touchedAtMs === touchedAtMs) {
    return performance.now() - first.since >= QUIET_MS
  }
  suspects.set(file, { token: holder?.token, touchedAtMs, since: performance.now() })
  return false
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

/** In milliseconds since the epoch, by the clock of whoever touched it. Undefined when the lock is gone. */
async function touchTime(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isHolder(holder) ? holder : undefined
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isHolder(value: unknown): value is Holder {
  const holder = value as Partial<Holder> | null
  return typeof holder?.token === 'string' && typeof holder.pid === 'number' && typeof holder.host === 'string'
}
