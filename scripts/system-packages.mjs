import { userInfo } from 'node:os'
import { findProgram, run, secondsSince } from './commands.mjs'
import { childEnvironment } from './environment.mjs'

/**
 * Installs a program through the system's own package manager, and only where that needs no question: as root, with a sudo
 * that asks for no password, or with Homebrew.
 */

/**
 * Package names by manager.
 * @typedef {{ apt: string, dnf: string, apk: string, brew: string }} PackageNames
 */

const noQuestions = () => childEnvironment({ DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' })

/** @type {readonly { manager: keyof PackageNames, program: string, asRoot: boolean, commands: (name: string) => string[][] }[]} */
const managers = [
  {
    manager: 'apt',
    program: 'apt-get',
    asRoot: true,
    commands: name => [
      ['apt-get', 'update', '-q'],
      ['apt-get', 'install', '-y', '-q', '--no-install-recommends', name],
    ],
  },
  { manager: 'dnf', program: 'dnf', asRoot: true, commands: name => [['dnf', 'install', '-y', '-q', name]] },
  { manager: 'apk', program: 'apk', asRoot: true, commands: name => [['apk', 'add', '-q', name]] },
  { manager: 'brew', program: 'brew', asRoot: false, commands: name => [['brew', 'install', '-q', name]] },
]

/** What to put before a command so that it runs as root; undefined when that would need a password. */
const asRoot = async () => {
  if (userInfo().uid === 0) return []
  if (findProgram(['sudo']) && (await run('sudo', ['-n', 'true'])).code === 0)
    return ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND']
  return undefined
}

/**
 * Tries to install a package.
 * @param {string} what for people
 * @param {PackageNames} names
 * @returns {Promise<{ installed: true } | { installed: false, reason: string }>}
 */
export const installSystemPackage = async (what, names) => {
  const found = managers.find(({ program }) => findProgram([program]))
  if (!found) return { installed: false, reason: 'no package manager that could install it (apt-get, dnf, apk, brew)' }
  const before = found.asRoot ? await asRoot() : []
  if (!before) return { installed: false, reason: `${found.program} needs root, and sudo asks for a password` }
  const startMs = performance.now()
  process.stdout.write(`installing ${what} with ${found.program} … `)
  for (const command of found.commands(names[found.manager])) {
    const [program, ...args] = [...before, ...command]
    const { code, output } = await run(program, args, { env: noQuestions() })
    if (code !== 0) {
      console.log('failed')
      return { installed: false, reason: `${command.join(' ')} failed: ${output.trim().split('\n').at(-1)}` }
    }
  }
  console.log(secondsSince(startMs))
  return { installed: true }
}
