/** The reporter where applications live: bundled, in a cluster, inside of a worker thread, in a function that is called now and then. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedServer, startRedis } from '@pumphouse/testkit'
import { build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { entry, run, runFile } from '../test/program.ts'
import { readSet } from '../test/read-set.ts'

const shared = sharedServer(startRedis)
const dir = mkdtempSync(join(tmpdir(), 'reporter-bundle-'))
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await shared.stop()
})

const workerEntry = fileURLToPath(new URL('../dist/lane/worker.js', import.meta.url))

describe.each(['esm', 'cjs'] as const)('bundled by esbuild as %s', format => {
  const suffix = format === 'esm' ? 'mjs' : 'cjs'
  const app = join(dir, format, `app.${suffix}`)
  const worker = join(dir, format, `worker.${suffix}`)

  /** Packages in the bundle that are CommonJS ask for Node's own modules by require(). */
  const banner =
    format === 'cjs'
      ? {}
      : {
          banner: {
            js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
          },
        }

  async function bundle(): Promise<void> {
    const source = join(dir, `${format}.mjs`)
    writeFileSync(
      source,
      `import { createReporter } from ${JSON.stringify(entry)}
      const [redis, name, workerFile, configFile] = process.argv.slice(2)
      const onWarning = ({ code, message }) => console.log(code, message)
      // Patterns need an engine that is loaded with the first of them.
      const redact = { patterns: ['pin \\\\d+'] }
      const reporter = createReporter({ service: 's', redis, analytics: { name }, workerFile, configFile, onWarning, redact })
      reporter.record({ bundled: true, note: 'pin 12' })
      reporter.flush({ timeout: '20s' }).then(async () => {
        console.log('workers', reporter.stats().workers)
        await reporter.close()
      })`,
    )
    const entryPoints = { app: source, worker: workerEntry }
    const outExtension = { '.js': `.${suffix}` }
    const common = { bundle: true, platform: 'node', logLevel: 'silent' } as const
    await build({ ...common, ...banner, format, entryPoints, outExtension, outdir: join(dir, format) })
  }

  it('has a worker thread when it is told where the bundle of the worker is, and works without', async ctx => {
    const redis = await shared.orSkip(ctx.skip)
    await bundle()
    const name = `bundled-${format}`
    const threaded = await runFile(app, [redis.url, name, worker])
    expect([threaded.output, threaded.errors]).toEqual(['workers 1\n', ''])
    const alone = await runFile(app, [redis.url, name])
    expect(alone.output).toMatch(/^PH_REPORTER_WORKER .*the thread of the application does its work now\nworkers 0\n$/)
    expect((await readSet(redis.url, name)).records).toMatchObject(
      [1, 2].map(() => ({ bundled: true, note: '[redacted]' })),
    )
  })

  it('says what it lacks to read a file of options, which is in no bundle', async () => {
    await bundle()
    const file = join(dir, 'options.yaml')
    writeFileSync(file, 'batchSize: 100\n')
    const { errors, code } = await runFile(app, ['redis://127.0.0.1:1', 'x', worker, file], {})
    expect(code).toBe(1)
    expect(errors).toContain('a YAML file, and no package "yaml" to read it with')
  })
})

it('in a cluster each process is an instance of its own', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const options = { service: 's', redis: redis.url, analytics: { name: 'cluster' } }
  const source = join(dir, 'cluster.mjs')
  writeFileSync(
    source,
    `import cluster from 'node:cluster'
    import { createReporter } from ${JSON.stringify(entry)}
    if (cluster.isPrimary) { cluster.fork(); cluster.fork() }
    else {
      const reporter = createReporter(${JSON.stringify(options)})
      reporter.record({ worker: cluster.worker.id })
      await reporter.close({ timeout: '20s' })
      process.exit(0)
    }`,
  )
  expect(await runFile(source)).toMatchObject({ code: 0, errors: '' })
  const { frames, records } = await readSet(redis.url, 'cluster')
  expect(records.map(record => record['worker']).sort()).toEqual([1, 2])
  expect(new Set(frames.map(frame => frame.producer.instance)).size).toBe(2)
  expect(new Set(records.map(record => record.id)).size).toBe(2)
})

it.for([0, 1])('inside of a worker thread it works as anywhere, with poolSize %i', async (poolSize, ctx) => {
  const redis = await shared.orSkip(ctx.skip)
  const name = `in-thread-${poolSize}`
  const options = { service: 's', redis: redis.url, analytics: { name }, poolSize }
  const source = join(dir, `thread-${poolSize}.mjs`)
  writeFileSync(
    source,
    `import { createReporter } from ${JSON.stringify(entry)}
    const reporter = createReporter(${JSON.stringify(options)})
    reporter.record({ n: 1 })
    await reporter.close({ timeout: '20s' })`,
  )
  const main = join(dir, `main-${poolSize}.mjs`)
  writeFileSync(
    main,
    `import { Worker } from 'node:worker_threads'
    new Worker(${JSON.stringify(source)}).on('exit', code => console.log('ended', code))`,
  )
  const ended = await runFile(main)
  expect(ended).toMatchObject({ code: 0, output: 'ended 0\n', errors: '' })
  expect((await readSet(redis.url, name)).records).toMatchObject([{ n: 1 }])
})

it('in a function that is called now and then, each flush is handed to waitUntil, and brings what that call recorded', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const options = { service: 's', redis: redis.url, analytics: { name: 'function' }, poolSize: 0, flushInterval: '1h' }
  const ended = await run(`
    const reporter = createReporter(${JSON.stringify(options)})
    function handle(n, waitUntil) {
      reporter.record({ n })
      waitUntil(reporter.flush({ timeout: '20s' }))
    }
    for (const n of [1, 2, 3]) {
      const waiting = []
      handle(n, promise => waiting.push(promise))
      await Promise.all(waiting)
      console.log(reporter.stats().sent, reporter.stats().workers)
    }
    process.kill(process.pid, 'SIGKILL')`)
  expect(ended).toMatchObject({ output: '1 0\n2 0\n3 0\n', errors: '' })
  expect((await readSet(redis.url, 'function')).records.map(record => record['n'])).toEqual([1, 2, 3])
})

it('in such a function with an adapter, a flush that waits for open requests brings the record of the call itself', async ctx => {
  const redis = await shared.orSkip(ctx.skip)
  const options = {
    service: 's',
    redis: redis.url,
    analytics: { name: 'web-function' },
    poolSize: 0,
    flushInterval: '1h',
  }
  const source = join(dir, 'web-function.mjs')
  writeFileSync(
    source,
    `import { Hono } from ${JSON.stringify(import.meta.resolve('hono'))}
    import { pumphouse } from ${JSON.stringify(new URL('../dist/adapters/hono.js', import.meta.url).href)}
    const analytics = pumphouse(${JSON.stringify(options)})
    const app = new Hono().use(analytics).get('/orders/:id', c => c.json({ id: c.req.param('id') }))
    const handler = {
      async fetch(request, env, context) {
        context.waitUntil(analytics.reporter.flush({ open: true, timeout: '20s' }))
        const response = await app.fetch(request, env, context)
        context.waitUntil(analytics.reporter.flush({ open: true, timeout: '20s' }))
        return response
      },
    }
    for (const n of [1, 2, 3]) {
      const waiting = []
      const context = { waitUntil: promise => waiting.push(promise) }
      const response = await handler.fetch(new Request('http://api.test/orders/' + n), {}, context)
      // The platform reads it when the handler has returned.
      setTimeout(() => response.text(), 20)
      console.log(await Promise.all(waiting), analytics.reporter.stats().sent)
    }
    process.kill(process.pid, 'SIGKILL')`,
  )
  expect(await runFile(source)).toMatchObject({
    output: [1, 2, 3].map(sent => `[ true, true ] ${sent}\n`).join(''),
    errors: '',
  })
  expect((await readSet(redis.url, 'web-function')).records).toMatchObject(
    [1, 2, 3].map(n => ({ path: `/orders/${n}`, route: '/orders/:id', outcome: 'ok' })),
  )
})
