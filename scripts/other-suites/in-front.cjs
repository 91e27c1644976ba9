/**
 * Loaded before the tests of Fastify: every server is instrumented, and every application has the reporter's hooks before all others.
 * In each process of the tests; what it recorded is added to the file `counts` in the folder that it is started in.
 */

const { appendFileSync } = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const Module = require('node:module')

const room = `${__dirname}/../../packages/reporter/dist`
const { createAdapter } = require(`${room}/adapters/adapter.js`)
const { addHooks } = require(`${room}/adapters/fastify.js`)
const { instrument } = require(`${room}/adapters/http.js`)
const { createReporter } = require(`${room}/index.js`)

// Port 1 of this machine: nobody listens, so nothing leaves the process.
const redis = 'redis://127.0.0.1:1'
const reporter = createReporter({ service: 'others', redis, poolSize: 0, onWarning: () => undefined })

for (const [module, names] of [
  [http, ['createServer']],
  [https, ['createServer']],
  [http2, ['createServer', 'createSecureServer']],
]) {
  for (const name of names) {
    const create = module[name]
    module[name] = function (...args) {
      const server = Reflect.apply(create, this, args)
      instrument(server, { reporter })
      return server
    }
  }
}

const counts = `${process.cwd()}/counts`

/** Applications as the tests get them, by what Fastify exports. */
const inFront = new WeakMap()

const putInFront = fastify => {
  const made = inFront.get(fastify)
  if (made !== undefined) return made
  // No arrow: some of the tests call it with `new`.
  function create(options) {
    const app = fastify(options)
    addHooks(app, createAdapter({ reporter }))
    return app
  }
  // As Fastify does: `require('fastify')`, `.fastify` and `.default` are the same function.
  const replacement = Object.assign(create, fastify)
  Object.assign(replacement, { fastify: replacement, default: replacement })
  inFront.set(fastify, replacement)
  return replacement
}

const { _load: load } = Module
Module._load = function (request, parent, isMain) {
  const exported = Reflect.apply(load, this, [request, parent, isMain])
  const isFastify = typeof exported === 'function' && exported.fastify === exported
  return isFastify && parent?.filename.includes('/test/') ? putInFront(exported) : exported
}

process.on('exit', () => {
  const { created, hookErrors } = reporter.stats()
  const failures = Object.values(hookErrors).reduce((sum, count) => sum + count, 0)
  appendFileSync(counts, `${created} ${failures}\n`)
})
