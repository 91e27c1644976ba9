/**
 * Loaded before the tests of others: every server is instrumented, and every application of Fastify, Express and Koa has the reporter before all others.
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
const { pumphouse: expressMiddleware } = require(`${room}/adapters/express.js`)
const { instrument } = require(`${room}/adapters/http.js`)
const { pumphouse: koaMiddleware } = require(`${room}/adapters/koa.js`)
const { createMemoryReporter } = require(`${room}/index.js`)

// It goes the whole way but for the network: one whose Redis is away would hold each of the many processes for two seconds at its end.
const reporter = createMemoryReporter({ service: 'others', onWarning: () => undefined })

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

const fastifyInFront = fastify => {
  // No arrow: some of the tests call it with `new`.
  function create(options) {
    const app = fastify(options)
    addHooks(app, createAdapter({ reporter }))
    return app
  }
  // As Fastify does: `require('fastify')`, `.fastify` and `.default` are the same function.
  const replacement = Object.assign(create, fastify)
  return Object.assign(replacement, { fastify: replacement, default: replacement })
}

const expressInFront = express => {
  function create() {
    return express().use(expressMiddleware({ reporter }))
  }
  return Object.defineProperties(create, Object.getOwnPropertyDescriptors({ ...express }))
}

const koaInFront = Koa =>
  class extends Koa {
    constructor(options) {
      super(options)
      this.use(koaMiddleware({ reporter }))
    }
  }

/** How each framework is known by what it exports. */
const frameworks = [
  [exported => exported.fastify === exported, fastifyInFront],
  [exported => exported.application !== undefined && exported.Router !== undefined, expressInFront],
  [exported => typeof exported.prototype?.createContext === 'function', koaInFront],
]

/** What the tests get, by what a framework exports. */
const replaced = new WeakMap()

const putInFront = exported => {
  const [, replace] = frameworks.find(([isMeant]) => isMeant(exported)) ?? []
  if (replace === undefined) return exported
  const made = replaced.get(exported) ?? replace(exported)
  replaced.set(exported, made)
  return made
}

const { _load: load } = Module
Module._load = function (request, parent, isMain) {
  const exported = Reflect.apply(load, this, [request, parent, isMain])
  return typeof exported === 'function' && parent?.filename?.includes('/test/') ? putInFront(exported) : exported
}

process.on('exit', () => {
  const { created, hookErrors } = reporter.stats()
  const failures = Object.values(hookErrors).reduce((sum, count) => sum + count, 0)
  appendFileSync(counts, `${created} ${failures}\n`)
})
