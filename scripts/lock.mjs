import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// Long enough not to burn the CPU, short enough not to be felt.
const pollMs = 100

/** @param {number} pid */
const alive = pid => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** @param {string} file */
const owner = file => {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string} file */
const take = file => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

/**
 * Runs `work` while no other process of this checkout does the same. The lock is a file with the owner's process id; the lock
 * of a process that is gone is taken over. (Two that find the same dead owner at once may both go on: the work is repeatable.)
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withLock = async (file, work) => {
  mkdirSync(dirname(file), { recursive: true })
  while (!take(file)) {
    const pid = owner(file)
    if (pid !== undefined && pid > 0 && !alive(pid)) rmSync(file, { force: true })
    else await sleep(pollMs)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
