import { rmSync, symlinkSync } from 'node:fs'
import { testServersFolder } from './environment.mjs'
import { obtainFromRegistry } from './registry-program.mjs'

/**
 * The other runtimes that the reporter is tried on, from the package registry: where Hono runs without a server of Node. What a package is called differs by
 * machine; a link says to the testkit where its program is.
 */

const machine = `${process.platform}-${process.arch}`

const runtimes = [
  { name: 'Bun', packageName: `@oven/bun-${machine}`, version: '1.4.5', program: 'bin/bun' },
  {
    name: 'Deno',
    packageName: `@deno/${machine}${process.platform === 'linux' ? '-glibc' : ''}`,
    version: '2.9.6',
    program: 'deno',
  },
]

/**
 * Finds or installs them.
 * @returns {Promise<readonly { name: string, missing?: string }[]>}
 */
export const obtainRuntimes = async () => {
  const found = []
  for (const { name, packageName, version, program } of runtimes) {
    const id = name.toLowerCase()
    const folder = `${testServersFolder}/${id}`
    const link = `${testServersFolder}/${id}-program`
    const missing = await obtainFromRegistry({ name, packageName, version, folder, program }).then(
      path => {
        rmSync(link, { force: true })
        symlinkSync(path, link)
      },
      error => error.message.split('\n')[0],
    )
    found.push({ name, ...(missing && { missing }) })
  }
  return found
}
