import { pumpContract } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { nullPump } from './null.ts'

// It has no target, so only what holds without one is asked.
const withoutTarget = /describes itself|refuses an option|closes before/

for (const { name, run } of pumpContract(nullPump, async () => ({ meta: {}, read: async () => [] }))) {
  if (withoutTarget.test(name)) test(name, run)
}

test('takes every batch as delivered', async () => {
  const pump = nullPump.create({}, { name: 'nowhere', log: { debug() {}, info() {}, warn() {}, error() {} } })
  expect(await pump.write([{ path: '/' }], new AbortController().signal)).toBeUndefined()
})
