import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './commands.mjs'
import { childEnvironment } from './environment.mjs'
import { printStep } from './outcomes.mjs'
import { pnpm } from './pnpm.mjs'
import { program } from './program.mjs'
import { inRepository, tool } from './repository.mjs'
import { setup } from './setup.mjs'

/**
 * Packs every public package as it would be published, installs the tarballs in an empty project, and uses them there: by import, by
 * require(), from TypeScript, and through the command.
 */

// `npm test` hands our own engine-strict down to every npm below it; a consumer's project does not have it.
const consumerEnvironment = childEnvironment({ npm_config_engine_strict: undefined })

/** @param {string} file */
const readJson = file => JSON.parse(readFileSync(file, 'utf8'))

const publicPackages = () =>
  readdirSync(inRepository('packages')).filter(
    name => !readJson(inRepository('packages', name, 'package.json')).private,
  )

/** Versions of what a consumer would add, as the workspace has them. */
const companions = () => {
  const daemon = readJson(inRepository('packages/daemon/package.json'))
  const { devDependencies } = readJson(inRepository('packages/reporter/package.json'))
  return [
    `fastify@${daemon.dependencies.fastify}`,
    `express@${devDependencies.express}`,
    `@types/express@${devDependencies['@types/express']}`,
    `koa@${devDependencies.koa}`,
    `hono@${devDependencies.hono}`,
    ...['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'].map(name => `${name}@${devDependencies[name]}`),
    `@types/node@${readJson(inRepository('package.json')).devDependencies['@types/node']}`,
  ]
}

/** @param {string} folder */
const pack = folder => {
  const filters = publicPackages().flatMap(name => ['--filter', `./packages/${name}`])
  return run('npx', ['-y', pnpm, ...filters, 'pack', '--pack-destination', folder])
}

/** @param {string} folder */
const install = folder => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n')
  cpSync(inRepository('scripts/pack-check'), folder, { recursive: true })
  const tarballs = readdirSync(folder).filter(file => file.endsWith('.tgz'))
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  return run('npm', ['install', ...quiet, ...tarballs.map(file => `./${file}`), ...companions()], {
    cwd: folder,
    env: consumerEnvironment,
  })
}

/**
 * @param {string} [node] the Node that uses them; the command runs on the one that is in the PATH
 * @returns {Promise<import('./outcomes.mjs').Outcome[]>} one per step; a step is not tried when one before it failed that it needs
 */
export const packCheck = async (node = process.execPath) => {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-pack-'))
  const inFolder = { cwd: folder, env: consumerEnvironment }
  /** @type {readonly { name: string, needed?: boolean, work: () => Promise<{ code: number, output: string }> }[]} */
  const steps = [
    { name: 'packages: pack', needed: true, work: () => pack(folder) },
    { name: 'packages: install in an empty project', needed: true, work: () => install(folder) },
    { name: 'packages: use by import', work: () => run(node, ['by-import.mjs'], inFolder) },
    { name: 'packages: use by require()', work: () => run(node, ['by-require.cjs'], inFolder) },
    { name: 'packages: use from TypeScript', work: () => run(tool('tsc'), ['-p', folder], inFolder) },
    {
      name: 'packages: run the command',
      work: () => run('npx', ['--no', 'pumphouse', 'validate', '-c', 'pump.yaml'], inFolder),
    },
  ]
  const outcomes = []
  try {
    for (const { name, needed, work } of steps) {
      const startMs = performance.now()
      const { code, output } = await work()
      outcomes.push(printStep(name, code === 0, output.trim(), startMs))
      if (code !== 0 && needed) break
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return outcomes
}

await program(import.meta.url, async () => {
  await setup()
  return (await packCheck()).some(({ state }) => state === 'failed') ? 1 : 0
})
