import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { findProgram, run } from './commands.mjs'
import { givenJavaHome } from './environment.mjs'

/** Where packages of Linux and macOS put JDKs; the program on the PATH need not be the newest. */
const folders = [
  { folder: '/usr/lib/jvm', home: '' },
  { folder: '/Library/Java/JavaVirtualMachines', home: '/Contents/Home' },
]

const homes = () => {
  const onPath = findProgram(['java'])
  const installed = folders.flatMap(({ folder, home }) =>
    existsSync(folder) ? readdirSync(folder).map(name => `${folder}/${name}${home}`) : [],
  )
  const named = [...(givenJavaHome ? [givenJavaHome] : []), ...installed].filter(home => existsSync(`${home}/bin/java`))
  return [...new Set([...named, ...(onPath ? [realpathSync(onPath).replace(/\/bin\/java$/, '')] : [])])]
}

/** @param {string} home @returns {Promise<number>} 0 when it cannot say */
const majorVersion = async home => {
  const { output } = await run(`${home}/bin/java`, ['-version'])
  return Number(/version "(\d+)/.exec(output)?.[1] ?? 0)
}

/**
 * The newest Java of this machine that is at least so new.
 * @param {number} least a major version
 * @returns {Promise<{ home: string } | { reason: string }>} home holds bin/java
 */
export const findJava = async least => {
  const found = await Promise.all(homes().map(async home => ({ home, major: await majorVersion(home) })))
  const [newest] = found.sort((a, b) => b.major - a.major)
  if (newest && newest.major >= least) return { home: newest.home }
  return { reason: `needs Java ${least} or newer; ${newest ? `the newest here is ${newest.major}` : 'there is none'}` }
}
