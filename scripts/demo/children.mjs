import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/**
 * The programs the demo starts. Each is in a process group of its own, so that Ctrl-C on the terminal reaches the demo alone and it can stop them
 * in the right order; whatever happens to the demo (short of SIGKILL), they are ended with it.
 */

/** Those that have not ended, by process. @type {Map<import('node:child_process').ChildProcess, Child>} */
const running = new Map()

const killAll = () => {
  for (const process of running.keys()) process.kill('SIGKILL')
}

/**
 * Stops those that are still there, apart from one that the others need.
 * @param {string} spared its name
 * @param {number} timeoutMs
 */
export const stopChildrenBut = async (spared, timeoutMs) => {
  const left = [...running.values()].filter(({ name }) => name !== spared)
  await Promise.all(left.map(child => child.stop(timeoutMs)))
}

/**
 * @typedef {object} Child
 * @property {string} name
 * @property {Promise<number>} ended its exit code; 1 when a signal ended it, 127 when it could not be started
 * @property {(listener: (line: string) => void) => void} lines its standard output, by line
 * @property {(timeoutMs: number) => Promise<number>} stop SIGTERM, then SIGKILL; the exit code
 */

/** @param {import('node:stream').Readable} stream @param {(line: string) => void} listener */
const byLine = (stream, listener) => {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) listener(line)
  })
}

/**
 * Starts a program; its standard error goes to a log file.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, logFile: string }} options
 * @returns {Child}
 */
export const startChild = (name, command, args, { cwd, env, logFile }) => {
  const log = openSync(logFile, 'a')
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', log], detached: true })
  closeSync(log)
  if (running.size === 0) process.once('exit', killAll)
  /** @type {Promise<number>} */
  const ended = new Promise(resolve => {
    child.on('error', () => resolve(127))
    child.on('close', code => resolve(code ?? 1))
  }).then(code => {
    running.delete(child)
    return code
  })
  /** @type {((line: string) => void)[]} */
  const listeners = []
  byLine(/** @type {import('node:stream').Readable} */ (child.stdout), line => {
    for (const listener of listeners) listener(line)
  })
  /** @type {Child} */
  const handle = {
    name,
    ended,
    lines: listener => listeners.push(listener),
    stop: async timeoutMs => {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
      const code = await ended
      clearTimeout(timer)
      return code
    },
  }
  running.set(child, handle)
  return handle
}
