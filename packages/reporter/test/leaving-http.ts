import { head } from './raw-client.ts'

/** An upgrade, a CONNECT, and a head beyond what Node reads by default. */
export const leavingHttp: readonly string[] = [
  head('GET', '/socket', { connection: 'upgrade', upgrade: 'websocket' }),
  'CONNECT there.test:443 HTTP/1.1\r\nhost: there.test\r\n\r\n',
  head('GET', '/large', { 'x-large': 'x'.repeat(20_000) }),
]

/** Their records, where the application takes the first two. */
export const leftHttp = [
  { path: '/socket', statusCode: 101, outcome: 'ok' },
  { method: 'CONNECT', path: 'there.test:443', statusCode: 200, outcome: 'ok' },
  { path: '/large', statusCode: 431, outcome: 'ok', errorName: 'HPE_HEADER_OVERFLOW' },
]
