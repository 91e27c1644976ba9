import { startProxy, testPump } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { openPump } from '../test/open-pump.ts'
import { startWebhook } from '../test/webhook.ts'
import { http } from './http.ts'

for (const format of ['array', 'ndjson', 'single']) {
  const setUp = async () => {
    const webhook = await startWebhook()
    const network = await startProxy(webhook.port)
    return {
      meta: { url: webhook.url.replace(String(webhook.port), String(network.port)), format, connections: 4 },
      read: async () => webhook.records().map(({ contractKey }) => String(contractKey)),
      network,
      async remove() {
        await network.close()
        await webhook.close()
      },
    }
  }
  const cases = testPump(
    { definition: http, setUp, ordered: format !== 'single' },
    { network: target => target.network },
  )
  // What a webhook says of single records, and of its end, has tests of its own.
  for (const { name, run } of cases.filter(({ skip }) => skip === false)) test(`${name} (${format})`, run, 120_000)
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
