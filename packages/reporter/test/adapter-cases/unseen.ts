/** On an instrumented server: what reaches no handler, and what a framework answers before any hook of it runs. */

import { expect } from 'vitest'
import type { RecordInput } from '../../src/reporter.ts'
import { exchange, head } from '../raw-client.ts'
import type { AdapterCase } from './adapter-case.ts'

interface Unseen {
  readonly sent: string
  readonly record: RecordInput
  /** The application takes upgrades. */
  readonly upgrades?: boolean
}

const upgrading = { connection: 'upgrade', upgrade: 'websocket' }
/** More than Node reads of a head. */
const LARGE_HEADER = 'x'.repeat(20_000)

const situations: Readonly<Record<string, Unseen>> = {
  'what is no request': { sent: 'NONSENSE\r\n\r\n', record: { outcome: 'ok' } },
  'headers that are too large': { sent: head('GET', '/orders/1', { x: LARGE_HEADER }), record: { path: '/orders/1' } },
  'a path that cannot be decoded': { sent: head('GET', '/orders/%zz'), record: { path: '/orders/%zz' } },
  'an expectation that nobody knows': {
    sent: head('GET', '/orders/1', { expect: 'a-miracle' }),
    record: { statusCode: 417 },
  },
  'an upgrade to WebSocket': {
    sent: head('GET', '/socket', upgrading),
    record: { path: '/socket', statusCode: 101 },
    upgrades: true,
  },
  'a CONNECT that nobody wants': {
    sent: 'CONNECT there.test:443 HTTP/1.1\r\nhost: there.test\r\n\r\n',
    record: { method: 'CONNECT', outcome: 'aborted' },
  },
}

export const unseenCases: readonly AdapterCase[] = Object.entries(situations).map(
  ([name, { sent, record, upgrades = false }]): AdapterCase => ({
    name: `${name}, on an instrumented server`,
    async run({ serve, reporter }) {
      const answer = await exchange(await serve({ instrumented: true, upgrades }), sent)
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
      await reporter.collected(1)
      expect(reporter.records).toMatchObject([{ statusCode: status && Number(status), ...record }])
    },
  }),
)
