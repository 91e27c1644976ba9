import { existsSync } from 'node:fs'
import { run } from './commands.mjs'

/**
 * A program that the package registry has for this machine, in a folder of its own.
 * @param {{ name: string, packageName: string, version: string, folder: string, program: string }} wanted `program`: its path in the package
 * @returns {Promise<string>} path of the program
 */
export const obtainFromRegistry = async ({ name, packageName, version, folder, program }) => {
  const path = `${folder}/node_modules/${packageName}/${program}`
  if (existsSync(path)) return path
  console.log(`installing ${name} ${version}`)
  const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  const { code, output } = await run('npm', ['install', ...options, `${packageName}@${version}`])
  if (code !== 0) throw new Error(`${name} ${version} could not be installed: ${output.trim()}`)
  return path
}
