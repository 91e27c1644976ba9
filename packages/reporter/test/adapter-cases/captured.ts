/** Content of requests that is captured for some routes only. */

import { expect } from 'vitest'
import type { CaptureSettings } from '../../src/capture-option.ts'
import { createRequestWatch } from '../../src/requests/request-watch.ts'
import type { CollectingReporter } from '../collecting-reporter.ts'
import { exchange, head } from '../raw-client.ts'
import type { AdapterCase, Given, ServerSetup } from './adapter-case.ts'

const ANY = 'application/x-any'
const upload = `${head('POST', '/upload?a=1', { 'content-length': '10', 'content-type': ANY })}0123456789`

const NOTHING: CaptureSettings = {
  requestHeaders: false,
  responseHeaders: false,
  query: false,
  requestBody: false,
  responseBody: false,
  contentTypes: [ANY, 'application/json', 'text/*'],
  maxBodyBytes: 8,
  paths: [],
  rules: [],
}

/** The records that it collects, with this of their content. */
function capturing(reporter: CollectingReporter, capture: Partial<CaptureSettings>) {
  const settings = { capture: { ...NOTHING, ...capture }, openRecordAfterMs: 0, errorMessages: false }
  return { ...reporter, requests: createRequestWatch(settings, () => reporter.hookErrors.push('observe')) }
}

const CONTENT = ['query', 'requestHeaders', 'requestBody', 'requestBodyBytes', 'responseBody', 'responseBodyBytes']

/** Asks one after the other, and resolves with what each record holds of its content. */
async function contentOf(
  { serve, reporter }: Given,
  capture: Partial<CaptureSettings>,
  sent: readonly string[],
  setup: ServerSetup = {},
): Promise<readonly object[]> {
  const port = await serve({ ...setup, reporter: capturing(reporter, capture) })
  for (const [index, text] of sent.entries()) {
    await exchange(port, text)
    await reporter.collected(index + 1)
  }
  expect(reporter.hookErrors).toEqual([])
  return reporter.records.map(record =>
    Object.fromEntries(Object.entries(record).filter(([name, value]) => CONTENT.includes(name) && value !== undefined)),
  )
}

const byTemplate = { rules: [{ route: '/orders/:id', query: true, responseBody: true, maxBodyBytes: 64 }] }
const orders = [head('GET', '/orders/7?a=1'), head('GET', '/shop/items/tea?a=1'), head('GET', '/nowhere?a=1')]
const ofOrders = [{ query: 'a=1', responseBody: '{"id":"7"}', responseBodyBytes: 10 }, {}, {}]

export const capturedCases: readonly AdapterCase[] = [
  {
    name: 'the content of all requests but some',
    async run(given) {
      const capture = { query: true, requestBody: true, rules: [{ route: '/upload', requestBody: false }] }
      const content = await contentOf(given, capture, [upload, head('GET', '/orders/7?a=1')])
      expect(content).toEqual([{ query: 'a=1' }, { query: 'a=1' }])
    },
  },
  {
    name: 'the content of requests by the path of their route, each within its own cap',
    async run(given) {
      const rules = [
        { route: '/upload', requestBody: true, maxBodyBytes: 4 },
        { route: '/orders/*', responseBody: true },
        { route: '*', query: true },
      ]
      const content = await contentOf(given, { rules }, [upload, ...orders])
      expect(content).toEqual([
        { requestBody: '0123', requestBodyBytes: 10 },
        { responseBody: '{"id":"7', responseBodyBytes: 10 },
        { query: 'a=1' },
        { query: 'a=1' },
      ])
    },
  },
  {
    name: 'the content of requests by the template of their route',
    run: async given => expect(await contentOf(given, byTemplate, orders)).toEqual(ofOrders),
  },
  {
    name: 'the content of requests by the route of an adapter on an instrumented server',
    async run(given) {
      expect(await contentOf(given, byTemplate, orders, { instrumented: true })).toEqual(ofOrders)
    },
  },
]
