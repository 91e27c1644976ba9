import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { inRepository } from '../repository.mjs'

/** @param {string} file */
const ownerIsAlive = file => {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

/**
 * Empties .demo/ for this run; two demos in one checkout would write over each other.
 * @returns {string} the folder
 */
export const claimFolder = () => {
  const folder = inRepository('.demo')
  const pidFile = `${folder}/pid`
  if (ownerIsAlive(pidFile))
    throw new Error(`another demo runs in this checkout (process ${readFileSync(pidFile, 'utf8')})`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(pidFile, `${process.pid}`)
  process.once('exit', () => rmSync(pidFile, { force: true }))
  return folder
}
