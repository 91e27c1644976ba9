import type { Pump } from '@pumphouse/pumps'
import { expect, test } from 'vitest'
import { prepare } from './prepare.ts'

const batch = Object.freeze([{ n: 1 }])
const pump: Pump = { write: async () => {}, close: async () => {} }

test('a pump gets the very batch that it will be asked to write', () => {
  const prepared: unknown[] = []
  prepare({ ...pump, prepare: records => prepared.push(records) }, batch)
  expect(prepared[0]).toBe(batch)
})

test('what a pump throws while it makes a batch ready ends nothing', () => {
  const failing = {
    ...pump,
    prepare() {
      throw new Error('no memory')
    },
  }
  expect(() => prepare(failing, batch)).not.toThrow()
})

test('a pump that does not prepare, or is not there yet, is left alone', () => {
  expect(() => prepare(pump, batch)).not.toThrow()
  expect(() => prepare(undefined, batch)).not.toThrow()
})
