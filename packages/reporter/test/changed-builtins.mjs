// A server with the reporter in front of it, which on demand breaks one of the built-in objects of its process for a while: each call of it throws.
import { createServer } from 'node:http'

const later = setTimeout
const { stringify } = JSON
const BROKEN_MS = 120
const builtins = {
  Array,
  Buffer,
  Date,
  JSON,
  Map,
  Math,
  Number,
  Object,
  Promise,
  RegExp,
  Set,
  String,
  Uint8Array,
  WeakMap,
  WeakSet,
  Reflect,
  performance,
  globalThis,
  process,
}

const thrown = []
const note = error => {
  thrown[thrown.length] = `${error?.message} ${error?.stack}`
}
process.on('uncaughtException', note)
process.on('unhandledRejection', note)

const [reporterFile, httpFile] = process.argv.slice(2)
const { createReporter } = await import(reporterFile)
const { instrument } = await import(httpFile)
const everything = { requestHeaders: true, responseHeaders: true, query: true, requestBody: true, responseBody: true }
// Nobody listens on port 1. A batch of one record: each is handed to the thread at once.
const reporter = createReporter({
  service: 's',
  redis: 'redis://127.0.0.1:1',
  capture: everything,
  batchSize: 1,
  onWarning: () => undefined,
})

/** `Map.prototype.get` for a while, from when this response is over. */
function breakAfter(response, path) {
  const names = path.split('.')
  const name = names.pop()
  const holder = names.reduce((object, key) => object[key], builtins)
  const key = name === '@iterator' ? Symbol.iterator : name
  const own = Object.getOwnPropertyDescriptor(holder, key)
  const { defineProperty } = Object
  const broken = {
    configurable: true,
    writable: true,
    value() {
      throw new Error(`broken ${path}`)
    },
  }
  response.on('close', () => {
    defineProperty(holder, key, broken)
    later(() => (own === undefined ? delete holder[key] : defineProperty(holder, key, own)), BROKEN_MS)
  })
}

const server = createServer((request, response) => {
  // Said when all is whole again: what answers would be broken too.
  if (request.url === '/thrown')
    return later(() => response.end(stringify({ thrown, created: reporter.stats().created })), BROKEN_MS)
  if (request.url.startsWith('/break/')) {
    breakAfter(response, request.url.slice('/break/'.length))
    return response.end()
  }
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello'))
})
instrument(server, { reporter, username: () => 'ann', enrich: () => ({ tags: ['a'] }) })
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
