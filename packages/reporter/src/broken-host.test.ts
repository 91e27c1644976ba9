/** Requests and responses that somebody broke: their clients are answered all the same, and a record is made of what is left. */

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { EVERYTHING, listen } from '../test/capture-server.ts'
import { collectingReporter } from '../test/collecting-reporter.ts'
import { pumphouse } from './adapters/http.ts'

const broken = (): never => {
  throw new Error('broken')
}

function breakOn(target: object, name: string): void {
  Object.defineProperty(target, name, { get: broken, configurable: true })
}

const answer: RequestListener = (_request, response) =>
  void response.setHeader('content-type', 'text/plain').end('hello')

it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
  ['a request without headers', request => breakOn(request, 'headers')],
  ['a request without a socket', request => breakOn(request, 'socket')],
  ['a request without push', request => breakOn(request, 'push')],
  ['a request that takes no marks', request => void Object.preventExtensions(request)],
  ['a response that takes no listeners', (_request, response) => Object.assign(response, { on: broken })],
])('%s is answered, and counted', async (_, damage) => {
  const reporter = collectingReporter({ capture: EVERYTHING })
  const analytics = pumphouse({ reporter })
  const url = await listen(
    createServer((request, response) => {
      const own = Object.getOwnPropertyDescriptors(response)
      damage(request, response)
      analytics(request, response)
      if (own['on'] === undefined) Reflect.deleteProperty(response, 'on')
      for (const name of ['headers', 'socket', 'push']) Reflect.deleteProperty(request, name)
      answer(request, response)
    }),
  )
  const sent = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }
  expect(await (await fetch(url, sent)).text()).toBe('hello')
  expect(reporter.hookErrors).toContain('observe')
})

it.each<[string, string]>([
  ['writableFinished', 'writableFinished'],
  ['getHeaders', 'getHeaders'],
  ['getHeader', 'getHeader'],
])('a response whose %s broke later has a record of what is left', async (_, name) => {
  const reporter = collectingReporter({ capture: EVERYTHING })
  const analytics = pumphouse({ reporter })
  const url = await listen(
    createServer((request, response) => {
      analytics(request, response)
      response.prependListener('close', () => breakOn(response, name))
      answer(request, response)
    }),
  )
  expect(await (await fetch(`${url}/a`)).text()).toBe('hello')
  expect(await reporter.collected(1)).toMatchObject([{ path: '/a', method: 'GET' }])
  expect(reporter.hookErrors).toContain('observe')
})
