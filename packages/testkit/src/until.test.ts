import { expect, test } from 'vitest'
import { until } from './until.ts'

test('returns what the condition returned once it is truthy', async () => {
  let asked = 0
  const value = await until('third time', () => (++asked === 3 ? `asked ${asked}` : undefined))
  expect(value).toBe('asked 3')
})

test('throws what it waited for when the time is up', async () => {
  await expect(until('the moon', () => false, 30)).rejects.toThrow('not within 30 ms: the moon')
})

test('takes a condition that throws as not yet true and names its last error as the cause', async () => {
  const failing = until(
    'calm',
    () => {
      throw new Error('storm')
    },
    30,
  )
  await expect(failing).rejects.toMatchObject({ cause: { message: 'storm' } })
})

test('gives up a condition that never settles', async () => {
  await expect(until('an answer', () => new Promise(() => undefined), 30)).rejects.toThrow('not within 30 ms')
})
