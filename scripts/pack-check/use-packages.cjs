const assert = require('node:assert/strict')
const { readdirSync, readFileSync } = require('node:fs')

/** What each entry promises; a program that installed the packages finds at least these. */
const promised = {
  '@pumphouse/record': [
    'compileRegex',
    'createRecordIdSource',
    'createRedactor',
    'createRowBuilder',
    'decodeFrame',
    'encodeFrame',
    'PumphouseError',
  ],
  '@pumphouse/options': ['loadOptions', 'OptionsError', 'parseDuration', 'readYamlFile'],
  '@pumphouse/queue': ['connectRedis', 'createGroup', 'createProducer', 'readStatus', 'trim'],
  '@pumphouse/pumps': ['builtInPumps', 'definePump', 'RejectedError', 'RetryableError'],
  '@pumphouse/reporter': ['createMemoryReporter', 'createReporter', 'prometheusText', 'setConsumer'],
  '@pumphouse/reporter/fastify': ['pumphouse'],
  '@pumphouse/reporter/express': ['pumphouse'],
  '@pumphouse/reporter/koa': ['pumphouse'],
  '@pumphouse/reporter/hono': ['pumphouse'],
  '@pumphouse/reporter/nestjs': ['PumphouseModule', 'PUMPHOUSE_REPORTER'],
  '@pumphouse/reporter/http': ['instrument', 'pumphouse'],
  '@pumphouse/daemon': ['createPipeline'],
  '@pumphouse/testkit': ['startRedis', 'until'],
}

/** Every entry that an installed package publishes, promised or not: it must load. */
exports.entries = readdirSync('node_modules/@pumphouse').flatMap(name => {
  const manifest = JSON.parse(readFileSync(`node_modules/@pumphouse/${name}/package.json`, 'utf8'))
  return Object.keys(manifest.exports).map(subpath => `@pumphouse/${name}${subpath.slice(1)}`)
})

// Port 1 of this machine: nobody listens, so nothing leaves the process.
const nowhere = 'redis://127.0.0.1:1'

/** Records with the worker file that the package brings, and counts what could not be sent. */
const useReporter = async ({ createReporter }) => {
  const reporter = createReporter({ service: 'consumer', redis: nowhere })
  assert.equal(reporter.record({ path: '/orders', statusCode: 200 }), true)
  const stats = await reporter.close({ timeout: '200ms' })
  assert.equal(stats.created, 1)
  assert.equal(stats.sent, 0)
}

const useFastify = async ({ pumphouse }) => {
  const app = require('fastify')()
  // Skipped, so that closing has nothing to wait for.
  await app.register(pumphouse, { service: 'consumer', redis: nowhere, skip: () => true })
  app.get('/', () => 'hello')
  assert.equal((await app.inject('/')).statusCode, 200)
  await app.close()
}

/** In CommonJS an application gets another build of Hono than the adapter does. */
const useHono = async ({ pumphouse }, { createMemoryReporter }) => {
  const { Hono } = require('hono')
  const reporter = createMemoryReporter()
  const app = new Hono()
  app.use(pumphouse({ reporter }))
  app.get('/orders/:id', c => c.text('hello'))
  await (await app.request('/orders/7')).text()
  await reporter.close()
  assert.deepEqual(
    reporter.records.map(({ route, statusCode }) => [route, statusCode]),
    [['/orders/:id', 200]],
  )
}

/**
 * Finds every promised export and uses both halves a little.
 * @param {Record<string, Record<string, unknown>>} modules by entry
 */
exports.usePackages = async modules => {
  for (const [entry, names] of Object.entries(promised)) {
    for (const name of names) assert.ok(modules[entry]?.[name], `${entry} has no ${name}`)
  }
  const types = modules['@pumphouse/pumps'].builtInPumps.map(({ type }) => type)
  for (const type of ['stdout', 'file', 'mongo']) assert.ok(types.includes(type), `no pump of the type ${type}`)
  await useReporter(modules['@pumphouse/reporter'])
  await useFastify(modules['@pumphouse/reporter/fastify'])
  await useHono(modules['@pumphouse/reporter/hono'], modules['@pumphouse/reporter'])
}
