/** An application that webpack bundled, with the framework and the reporter in it, and its worker thread in a bundle beside it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import webpack, { type Configuration } from 'webpack'
import { runFile } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'

const shared = sharedServer(startRedis)
const dir = mkdtempSync(join(tmpdir(), 'reporter-webpack-'))
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await shared.stop()
})

/** Bundling takes some ten seconds of one CPU. */
const TIMEOUT_MS = 180_000

const fileIn = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Asks itself three times, and says how many threads worked on that. */
const program = `
  import express from 'express'
  import { pumphouse } from ${JSON.stringify(fileIn('../dist/adapters/express.js'))}
  const [redis, name, workerFile] = process.argv.slice(2)
  const onWarning = ({ code, message }) => console.log(code, message)
  const redact = { patterns: ['tea|milk'] }
  const analytics = pumphouse({ service: 's', redis, analytics: { name }, workerFile, onWarning, redact })
  const app = express()
  app.use(analytics)
  app.get('/orders/:id', (request, response) => response.json({ id: request.params.id }))
  const server = app.listen(0, '127.0.0.1', async () => {
    for (const id of ['1', '2', 'tea']) await (await fetch('http://127.0.0.1:' + server.address().port + '/orders/' + id)).text()
    await analytics.reporter.flush({ timeout: '20s' })
    console.log('workers', analytics.reporter.stats().workers)
    await analytics.reporter.close()
    process.exit(0)
  })`

const delivered = [
  { path: '/orders/1', route: '/orders/:id', statusCode: 200 },
  { path: '/orders/2', route: '/orders/:id', statusCode: 200 },
  { path: '/orders/[redacted]', route: '/orders/:id', statusCode: 200 },
]

/** Bundles, and resolves with what webpack complains of. */
async function bundle(configuration: Configuration): Promise<readonly string[]> {
  const compiler = webpack(configuration)
  if (compiler === null) throw new Error('webpack made no compiler')
  try {
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    )
    const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {}
    return [...errors, ...warnings].map(({ moduleName = '', message }) => `${moduleName}: ${message}`)
  } finally {
    await new Promise(resolve => compiler.close(resolve))
  }
}

describe.each(['module', 'commonjs'] as const)('bundled by webpack as %s', form => {
  const isModule = form === 'module'
  const folder = join(dir, form)
  const [app, worker] = ['app', 'worker'].map(name => join(folder, `${name}.${isModule ? 'mjs' : 'cjs'}`)) as [
    string,
    string,
  ]

  it(
    'has a worker thread when it is told where the bundle of the worker is',
    async ctx => {
      const redis = await shared.orSkip(ctx.skip)
      const source = join(dir, `${form}-source.mjs`)
      writeFileSync(source, program)
      const complaints = await bundle({
        mode: 'production',
        target: 'node20',
        context: fileIn('..'),
        entry: { app: source, worker: fileIn('../dist/lane/worker.js') },
        resolve: { modules: [fileIn('../node_modules'), 'node_modules'] },
        // Once as it is deployed, once as it is debugged: that takes less time.
        optimization: { minimize: !isModule },
        output: isModule
          ? { path: folder, filename: '[name].mjs', module: true, chunkFormat: 'module' }
          : { path: folder, filename: '[name].cjs', library: { type: 'commonjs2' } },
        ...(isModule && { experiments: { outputModule: true } }),
      })
      // What it says of Express and of ioredis is theirs.
      expect(complaints.filter(complaint => complaint.includes('pumphouse') || complaint.includes('dist/'))).toEqual([])
      const ended = await runFile(app, [redis.url, form, worker])
      expect([ended.output, ended.errors, ended.code]).toEqual(['workers 1\n', '', 0])
      const { records, frames } = await readSet(redis.url, form)
      expect(records).toMatchObject(delivered)
      expect(new Set(frames.map(({ producer }) => producer.instance)).size).toBe(1)
    },
    TIMEOUT_MS,
  )
})
