import { expect, it } from 'vitest'
import { createWarnings } from './warnings.ts'

it('warns once per episode, and again in the next', () => {
  const said: string[] = []
  const warnings = createWarnings(({ code, message }) => said.push(`${code} ${message}`))
  warnings.begin('PH_REDIS_AWAY', 'one')
  warnings.begin('PH_REDIS_AWAY', 'two')
  warnings.begin('PH_REPORTER_HOOK', 'other')
  warnings.end('PH_REDIS_AWAY')
  warnings.begin('PH_REDIS_AWAY', 'three')
  expect(said).toEqual(['PH_REDIS_AWAY one', 'PH_REPORTER_HOOK other', 'PH_REDIS_AWAY three'])
})

it('survives a listener that throws', () => {
  const warnings = createWarnings(() => {
    throw new Error('no')
  })
  expect(() => warnings.begin('PH_REDIS_AWAY', 'x')).not.toThrow()
})

it('a promise that onWarning returns may reject', async () => {
  const rejected: unknown[] = []
  const onRejection = (error: unknown): number => rejected.push(error)
  process.on('unhandledRejection', onRejection)
  const warnings = createWarnings(async () => {
    throw new Error('nobody is there to hear it')
  })
  warnings.begin('PH_REDIS_AWAY', 'away')
  await new Promise(resolve => setImmediate(resolve))
  process.off('unhandledRejection', onRejection)
  expect(rejected).toEqual([])
})
