/**
 * The test suites of others that are run with the reporter in front: packages that npm carries with their tests, for each of the ways in which the reporter comes before an application.
 * @typedef {object} Suite
 * @property {string} name of the package
 * @property {string} version
 * @property {readonly string[]} needs what its tests need, of what it is developed with
 * @property {Readonly<Record<string, string>>} [others] what its tests need in another version, or beside that
 * @property {'node' | 'mocha'} runner
 * @property {readonly string[]} [omitted] files of tests that need the Internet
 * @property {readonly string[]} [lookingAtHooks] tests that look at the hooks of an application themselves: they print or count them
 */

/** @type {readonly Suite[]} */
export const suites = [
  {
    name: 'fastify',
    version: '5.12.8',
    runner: 'node',
    needs: [
      'ajv',
      'ajv-errors',
      'ajv-formats',
      'ajv-i18n',
      'ajv-merge-patch',
      'fast-json-body',
      'fastify-plugin',
      'fluent-json-schema',
      'h2url',
      'http-errors',
      'joi',
      'JSONStream',
      'node-forge',
      'proxyquire',
      'split2',
      'typebox',
      'undici',
      'vary',
      'yup',
    ],
    lookingAtHooks: [
      'pretty print - empty plugins',
      'pretty print - includeMeta, includeHooks',
      'onRequest hook should support encapsulation / 2',
    ],
  },
  // Files, ranges and conditional requests on a server of node:http.
  { name: '@fastify/send', version: '4.2.1', runner: 'node', needs: ['after', 'supertest'] },
  // A proxy: streams and uploads in both directions, over HTTP/1, HTTP/2 and TLS.
  {
    name: '@fastify/reply-from',
    version: '12.6.5',
    runner: 'node',
    needs: [
      '@fastify/formbody',
      '@fastify/multipart',
      '@sinonjs/fake-timers',
      'fastify',
      'form-data',
      'h2url',
      'nock',
      'proxy',
      'proxyquire',
      'split2',
    ],
  },
  // Upgrades.
  { name: '@fastify/websocket', version: '11.3.7', runner: 'node', needs: ['fastify', 'split2'] },
  // Server-sent events.
  { name: '@fastify/sse', version: '0.6.0', runner: 'node', needs: ['fastify', 'undici'] },
  // A proxy as middleware of Express 4.
  {
    name: 'express-http-proxy',
    version: '2.1.2',
    runner: 'mocha',
    needs: ['body-parser', 'chai', 'cookie-parser', 'express', 'nock', 'supertest'],
    others: { mocha: '10.8.2' },
  },
  // Ranges of files and streams as middleware of Koa 2.
  {
    name: 'koa-range',
    version: '0.3.0',
    runner: 'mocha',
    needs: ['koa', 'koa-route', 'should', 'supertest'],
    others: { mocha: '10.8.2' },
  },
]
