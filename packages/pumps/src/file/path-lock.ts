/**
 * One writer per path, between processes and inside one. The lock is a file beside the path, `<path>.lock`, that names its holder and
 * is touched while it is held.
 *
 * A lock is stale, and taken over, when its holder is a process of this host that is gone, is this very process without holding it (a
 * container starts as the same pid again), or, whoever it is, has not touched it for STALE_MS. A holder that finds another's token
 * in the file (it was frozen for long) has lost the lock and says so.
 */
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
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
/** Each failed attempt means that somebody else was faster; one of them got the lock. */
const ATTEMPTS = 5

interface Holder {
  readonly token: string
  readonly pid: number
  readonly host: string
}

/** The tokens that this process holds: what tells our own lock from one left by an earlier process with our pid. */
const heldHere = new Set<string>()

/** Takes the lock, or throws a RetryableError that names the holder. */
export async function lockPath(path: string): Promise<PathLock> {
  const file = `${path}.lock`
  const mine: Holder = { token: randomUUID(), pid: process.pid, host: hostname() }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    heldHere.add(mine.token)
    try {
      await writeFile(file, JSON.stringify(mine), { flag: 'wx' })
      return keep(file, mine)
    } catch (error) {
      heldHere.delete(mine.token)
      if (errorCode(error) !== 'EEXIST') throw error
      await removeIfStale(path, file, mine.token)
    }
  }
  throw new RetryableError(`${path} is wanted by several writers at once`)
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
  const age = await ageMs(file)
  if (age === undefined) return
  if (isAlive(seen, age)) {
    const who = seen === undefined ? 'another writer' : `process ${seen.pid} on ${seen.host}`
    throw new RetryableError(`${path} is already being written by ${who}: every file pump needs a path of its own`)
  }
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

function isAlive(holder: Holder | undefined, age: number): boolean {
  if (age > STALE_MS) return false
  // Half written: its writer is at it, or died at it and it goes stale.
  if (holder === undefined) return true
  if (holder.host !== hostname()) return true
  return holder.pid === process.pid ? heldHere.has(holder.token) : processExists(holder.pid)
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

/** Touched in the future counts as long ago: a clock was set back, and a holder that lives touches it again. */
async function ageMs(file: string): Promise<number | undefined> {
  try {
    return Math.abs(Date.now() - (await stat(file)).mtimeMs)
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
