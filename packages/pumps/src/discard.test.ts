import { testPump } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { discard, nullPump } from './discard.ts'

// It has no target, so only what holds without one is asked.
const withoutTarget = /describes itself|refuses an option|closes before|closes during a write|leaves the batch/

for (const { name, run } of testPump({
  definition: discard,
  setUp: async () => ({ meta: {}, read: async () => [] }),
})) {
  if (withoutTarget.test(name)) test(name, run)
}

test.for([discard, nullPump])('$type takes every batch as delivered', async definition => {
  const pump = definition.create({}, { name: 'nowhere', log: { debug() {}, info() {}, warn() {}, error() {} } })
  expect(await pump.write([{ path: '/' }], new AbortController().signal)).toBeUndefined()
})
