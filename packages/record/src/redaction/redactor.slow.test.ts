import { expect, test } from 'vitest'
import { createRedactor } from './redactor.ts'

test('a million names made of data do not stay in memory', () => {
  const redactor = createRedactor({})!
  for (let i = 0; i < 30_000; i++) redactor.record({ [`field${i}`]: { [`inner${i}`]: `q${i}=1` } })
  expect(redactor.record({ a: { password: 'x' } })).toEqual({ a: { password: '[redacted]' } })
})
