import type { Pump } from '@pumphouse/pumps'
import { expect, test, vi } from 'vitest'
import { createTestLog } from '../../test/test-pipeline.ts'
import { reopenPump } from './reopen-pump.ts'

async function reopened(reopen: Pump['reopen'], timeoutMs = 30_000): Promise<readonly string[]> {
  const log = createTestLog()
  const pump: Pump = { async write() {}, async close() {}, ...(reopen && { reopen }) }
  await reopenPump(pump, { timeoutMs, stopping: new AbortController().signal, log, fields: {} })
  return log.lines
}

test('a pump that can is asked to, one that cannot or is not there has nothing to do', async () => {
  const reopen = vi.fn(async () => {})
  expect(await reopened(reopen)).toEqual([])
  expect(reopen).toHaveBeenCalledOnce()
  expect(await reopened(undefined)).toEqual([])
  const options = { timeoutMs: 1, stopping: new AbortController().signal, log: createTestLog(), fields: {} }
  await reopenPump(undefined, options)
})

test.for<[string, NonNullable<Pump['reopen']>]>([
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['never ends', () => new Promise(() => {})],
])('a pump whose reopen %s is said to, once, and nothing else comes of it', async ([, reopen]) => {
  expect(await reopened(reopen, 20)).toEqual(['the pump failed to reopen'])
})
