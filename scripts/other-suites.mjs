import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { run } from './commands.mjs'
import { childEnvironment } from './environment.mjs'
import { printOutcome } from './outcomes.mjs'
import { program } from './program.mjs'
import { inRepository } from './repository.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run test:others`: runs the test suite that Fastify ships, as it is and with the reporter in front of it, and compares: no test
 * may tell a difference. Words after `--` choose its files by their names (`-- stream reply`); all of them take some minutes.
 */

// What these tests look at is the hooks of an application themselves: they print or count them.
const lookingAtHooks = new Set([
  'pretty print - empty plugins',
  'pretty print - includeMeta, includeHooks',
  'onRequest hook should support encapsulation / 2',
])

// Of what Fastify is developed with, that which its tests need.
const neededByTests =
  /^(ajv.*|fast-json-body|fastify-plugin|fluent-json-schema|h2url|http-errors|joi|JSONStream|node-forge|proxyquire|split2|typebox|undici|vary|yup)$/

const preload = inRepository('scripts/other-suites/in-front.cjs')
const testTimeoutMs = 60_000

/** @param {string} file */
const readJson = file => JSON.parse(readFileSync(file, 'utf8'))

/**
 * The package with its tests, in a folder of its own, with what they need.
 * @returns {Promise<string>} the folder
 */
const obtainFastify = async () => {
  const installed = realpathSync(inRepository('packages/reporter/node_modules/fastify'))
  const manifest = readJson(`${installed}/package.json`)
  const folder = inRepository('.cache/other-suites', `fastify-${manifest.version}`)
  if (existsSync(`${folder}/node_modules`)) return folder
  console.log(`installing what the tests of Fastify ${manifest.version} need`)
  cpSync(installed, folder, { recursive: true })
  const needed = Object.entries(manifest.devDependencies).filter(([name]) => neededByTests.test(name))
  writeFileSync(
    `${folder}/package.json`,
    JSON.stringify({ ...manifest, scripts: {}, devDependencies: Object.fromEntries(needed) }),
  )
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const env = childEnvironment({ npm_config_engine_strict: undefined })
  const { code, output } = await run('npm', args, { cwd: folder, env })
  if (code !== 0) {
    rmSync(folder, { recursive: true, force: true })
    throw new Error(`what the tests of Fastify need could not be installed: ${output.trim()}`)
  }
  return folder
}

/**
 * @param {string} folder
 * @param {readonly string[]} files
 * @param {readonly string[]} flags of Node
 * @returns {Promise<{ passed: number, failed: ReadonlySet<string> }>} failed tests by their names
 */
const runSuite = async (folder, files, flags) => {
  const args = [...flags, '--test', '--test-reporter=tap', `--test-timeout=${testTimeoutMs}`, ...files]
  const { output } = await run(process.execPath, args, { cwd: folder })
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0)
  const failed = [...output.matchAll(/^\s*not ok \d+ - (.*?)(?: #.*)?$/gm)].map(([, name = '']) => name)
  return { passed, failed: new Set(failed) }
}

/** @param {readonly string[]} words */
const compare = async words => {
  const folder = await obtainFastify()
  const files = readdirSync(`${folder}/test`)
    .filter(file => file.endsWith('.test.js') && (words.length === 0 || words.some(word => file.includes(word))))
    .map(file => `test/${file}`)
  const counts = `${folder}/counts`
  rmSync(counts, { force: true })

  const startMs = performance.now()
  const alone = await runSuite(folder, files, [])
  console.log(`Fastify's own tests: ${alone.passed} pass, ${alone.failed.size} fail`)
  const together = await runSuite(folder, files, ['--require', preload])
  const lines = existsSync(counts) ? readFileSync(counts, 'utf8').trim().split('\n') : []
  const [records, hookFailures] = [0, 1].map(column =>
    lines.reduce((sum, line) => sum + Number(line.split(' ')[column]), 0),
  )
  console.log(`with the reporter in front: ${together.passed} pass, ${together.failed.size} fail; ${records} records`)

  const differing = [...together.failed].filter(name => !alone.failed.has(name) && !lookingAtHooks.has(name))
  const problems = [
    ...differing.map(name => `fails only with the reporter in front: ${name}`),
    ...(records ? [] : ['the reporter recorded nothing']),
    ...(hookFailures ? [`${hookFailures} failures inside of the reporter`] : []),
  ]
  const name = 'other suites: the tests of Fastify have the same results with the reporter in front'
  return printOutcome(
    problems.length === 0 ? { name, state: 'passed' } : { name, state: 'failed', reason: problems.join('\n') },
    startMs,
  )
}

await program(import.meta.url, async () => {
  await setup()
  return (await compare(process.argv.slice(2))).state === 'failed' ? 1 : 0
})
