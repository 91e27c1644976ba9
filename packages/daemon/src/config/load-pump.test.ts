import { loadOptions } from '@pumphouse/options'
import { expect, test } from 'vitest'
import { loadPump } from './load-pump.ts'
import { drainOptions } from './options.ts'

const source = {
  env: {},
  lineOf: (path: string) => (path === 'pumps.a.meta.url' ? 7 : undefined),
  folder: '.',
  pluginDirs: [],
  drain: loadOptions(drainOptions, { values: {} }).values,
}

test('what a pump itself says about its options is a problem of the file, with path and line', async () => {
  const meta = { url: 'mongodb://user:hunter2@127.0.0.1:27017' }
  const { problems } = await loadPump('a', { type: 'mongo', meta }, 'PUMPHOUSE_PUMPS_A', source)
  expect(problems).toMatchObject([{ path: 'pumps.a.meta.url', line: 7, expected: expect.stringContaining('database') }])
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})
