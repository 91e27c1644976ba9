import { existsSync } from 'node:fs'
import { run } from './commands.mjs'
import { inRepository } from './repository.mjs'

/**
 * Another major version of Node beside the one that runs us, from the package registry, in .cache/.
 * @param {string} major `24`
 * @returns {Promise<string>} path of its program
 */
export const obtainNode = async major => {
  const packageName = `node-${process.platform}-${process.arch}`
  const folder = inRepository('.cache', `node-${major}`)
  const program = `${folder}/node_modules/${packageName}/bin/node`
  if (existsSync(program)) return program
  console.log(`installing Node ${major}`)
  const args = [
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    `${packageName}@${major}`,
  ]
  const { code, output } = await run('npm', args)
  if (code !== 0) throw new Error(`Node ${major} could not be installed: ${output.trim()}`)
  return program
}
