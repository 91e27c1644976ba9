import { pumpContract } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { openPump } from '../test/open-pump.ts'
import { startWebhook } from '../test/webhook.ts'
import { http } from './http.ts'

for (const format of ['array', 'ndjson', 'single']) {
  for (const { name, run } of pumpContract(http, async () => {
    const webhook = await startWebhook()
    return {
      meta: { url: webhook.url, format, connections: 4 },
      read: async () => webhook.records().map(({ contractKey }) => String(contractKey)),
      remove: () => webhook.close(),
    }
  })) {
    test(`${name} (${format})`, run)
  }
}

test.for([
  [{ url: 'ftp://x/y' }, 'url'],
  [{ url: 'hunter2' }, 'url'],
  [{ url: 'http://u:hunter2@x/y' }, 'url'],
  [{ headers: ['hunter2'] }, 'headers'],
  [{ headers: { authorization: 'hunter2\r\nx: y' } }, 'headers'],
  [{ headers: { 'content-length': 'hunter2' } }, 'headers'],
  [{ headers: { 'a b': 'hunter2' } }, 'headers'],
  [{ headerFiles: { authorization: 7 } }, 'headerFiles'],
  [{ idempotencyHeader: 'a:b' }, 'idempotencyHeader'],
  [{ signature: { secret: 'hunter2', header: 'x y' } }, 'signature.header'],
  [{ tls: { cert: 'c.pem' } }, 'tls.key'],
] as const)('refuses %j, and shows nothing of a secret', ([more, path]) => {
  const open = () => openPump(http, { url: 'http://127.0.0.1:1/', ...more })
  expect(open).toThrow(
    expect.objectContaining({
      code: 'PH_CONFIG_INVALID',
      message: expect.not.stringContaining('hunter2'),
      problems: [expect.objectContaining({ path })],
    }),
  )
})
