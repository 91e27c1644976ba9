import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { searchPath } from './environment.mjs'
import { root } from './repository.mjs'

/**
 * Runs a command to its end with its output collected.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} 127 when the program is not there
 */
export const run = (command, args, { cwd = root, env } = {}) =>
  new Promise(resolve => {
    const child = spawn(command, args, { cwd, ...(env && { env }), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (/** @type {string} */ text) => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', error => resolve({ code: 127, output: `${output}${error.message}\n` }))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}ended by ${signal}\n` : output }),
    )
  })

/**
 * Runs a command on our own terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code
 */
export const runVisibly = (command, args, { cwd = root, env } = {}) =>
  new Promise(resolve => {
    const child = spawn(command, args, { cwd, ...(env && { env }), stdio: 'inherit' })
    child.on('error', error => {
      console.error(error.message)
      resolve(127)
    })
    child.on('close', code => resolve(code ?? 1))
  })

/**
 * The first of these programs that the PATH has.
 * @param {readonly string[]} names
 * @returns {string | undefined} its path
 */
export const findProgram = names => {
  for (const name of names) {
    for (const folder of searchPath) {
      try {
        accessSync(`${folder}/${name}`, constants.X_OK)
        return `${folder}/${name}`
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined
}

/** `12.3 s` since a moment of performance.now(). @param {number} startMs */
export const secondsSince = startMs => `${((performance.now() - startMs) / 1000).toFixed(1)} s`
