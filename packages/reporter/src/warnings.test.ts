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
