import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { run } from '../commands.mjs'
import { childEnvironment } from '../environment.mjs'
import { inRepository } from '../repository.mjs'

const room = inRepository('.cache/other-suites')

/**
 * The package with its tests, in a folder of its own, with what they need: made once.
 * @param {import('./suites.mjs').Suite} suite
 * @returns {Promise<string>} the folder
 * @throws {Error} when npm has it not to give
 */
export const obtainSuite = async suite => {
  const { name, version } = suite
  const folder = `${room}/${name.replaceAll(/[@/]+/g, '-').replace(/^-/, '')}-${version}`
  if (existsSync(`${folder}/node_modules`)) return folder
  console.log(`installing what the tests of ${name} ${version} need`)
  const making = `${folder}.making`
  rmSync(folder, { recursive: true, force: true })
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  const packed = await mustRun('npm', ['pack', '--silent', `${name}@${version}`], making)
  await mustRun('tar', ['xzf', packed.trim().split('\n').at(-1) ?? ''], making)
  trimManifest(`${making}/package/package.json`, suite)
  await mustRun(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
    `${making}/package`,
  )
  renameSync(`${making}/package`, folder)
  rmSync(making, { recursive: true, force: true })
  return folder
}

/**
 * Of what it is developed with, that which its tests need.
 * @param {string} file
 * @param {import('./suites.mjs').Suite} suite
 */
const trimManifest = (file, { needs, others }) => {
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const { devDependencies = {} } = manifest
  const needed = needs.map(name => {
    if (devDependencies[name] === undefined) throw new Error(`${manifest.name} is not developed with ${name}`)
    return [name, devDependencies[name]]
  })
  const trimmed = { ...manifest, scripts: {}, devDependencies: { ...Object.fromEntries(needed), ...others } }
  writeFileSync(file, JSON.stringify(trimmed))
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
const mustRun = async (command, args, cwd) => {
  const env = childEnvironment({ npm_config_engine_strict: undefined })
  const { code, output } = await run(command, args, { cwd, env })
  if (code !== 0) throw new Error(`${command} ${args[0]} failed: ${output.trim()}`)
  return output
}
