/** What docs/guides/content.md shows is what the reporter takes, and does what is said there. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createMemoryReporter } from './memory-reporter.ts'

const dir = mkdtempSync(join(tmpdir(), 'content-guide-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('the configuration in the guide is taken, and masks, hashes, removes and samples as it says', async () => {
  const guide = readFileSync(new URL('../../../docs/guides/content.md', import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml)
  expect(blocks).toHaveLength(3)
  const hashKeyFile = join(dir, 'key')
  const configFile = join(dir, 'reporter.yaml')
  writeFileSync(hashKeyFile, 'a key for the hashes of tests')
  writeFileSync(configFile, blocks.join('\n').replace('/run/secrets/analytics-hash-key', hashKeyFile))
  const reporter = createMemoryReporter({ configFile })
  for (let i = 0; i < 20; i++) reporter.record({ route: '/health/live' })
  reporter.record({
    route: '/orders/:id',
    method: 'POST',
    username: 'ann',
    apiKey: 'kept',
    note: 'paid with sk_live_0123',
    requestBody: '{"user":{"pin":1},"iban":"DE00"}',
    requestHeaders: { accept: '*/*', 'x-internal-hop': 'a', via: 'b' },
    query: 'code=1&page=2',
  })
  await reporter.flush()
  expect(reporter.records).toEqual([
    {
      id: expect.any(String),
      route: '/orders/:id',
      method: 'POST',
      username: expect.stringMatching(/^hmac:[0-9a-f]{32}$/),
      apiKey: 'kept',
      note: 'paid with [redacted]',
      requestBody: '{"user":{"pin":"[redacted]"},"iban":"[redacted]"}',
      requestHeaders: { accept: '*/*' },
      query: 'code=[redacted]&page=2',
    },
  ])
  expect(reporter.stats().sampledOutByRoute).toEqual({ '/health/live': 20 })
  await reporter.close()
})
