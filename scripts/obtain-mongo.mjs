import { existsSync, rmSync } from 'node:fs'
import { findProgram, run, secondsSince } from './commands.mjs'
import { testServersFolder } from './environment.mjs'
import { withLock } from './lock.mjs'

/**
 * A server that speaks the MongoDB protocol, for the tests: SecantusDB, installed by pip into a virtual environment of its own.
 * It is GPL-2.0: the tests start it as a program of its own; nothing of it is copied, linked or shipped.
 */

const packageName = 'secantusdb==0.7.0b3'
const folder = `${testServersFolder}/mongodb`
const program = `${folder}/bin/secantusd-py`

// The versions of Python that the package has wheels for.
const leastPython = [3, 10]
const mostPython = [3, 13]
const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']

/** @param {string} python */
const fits = async python => {
  const { code, output } = await run(python, ['-c', 'import sys; print(*sys.version_info[:2])'])
  const [major, minor] = output.trim().split(' ').map(Number)
  return code === 0 && major === leastPython[0] && minor >= leastPython[1] && minor <= mostPython[1]
}

const findPython = async () => {
  for (const name of pythons) {
    const path = findProgram([name])
    if (path && (await fits(path))) return path
  }
  return undefined
}

const install = async () => {
  const python = await findPython()
  if (!python) return { reason: `no Python ${leastPython.join('.')} to ${mostPython.join('.')} on the PATH` }
  const startMs = performance.now()
  process.stdout.write('installing a MongoDB-protocol server for the tests … ')
  for (const [command, ...args] of [
    [python, '-m', 'venv', folder],
    [`${folder}/bin/python`, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', packageName],
  ]) {
    const { code, output } = await run(command, args)
    if (code !== 0) {
      console.log('failed')
      rmSync(folder, { recursive: true, force: true })
      return { reason: `${[...args.slice(0, 3)].join(' ')} failed: ${output.trim().split('\n').at(-1)}` }
    }
  }
  console.log(secondsSince(startMs))
  return existsSync(program) ? { program } : { reason: `${packageName} brought no secantusd-py` }
}

/**
 * Finds or installs it.
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
export const obtainMongoProgram = () =>
  existsSync(program)
    ? Promise.resolve({ program })
    : withLock(`${testServersFolder}/mongodb.lock`, async () => (existsSync(program) ? { program } : await install()))
