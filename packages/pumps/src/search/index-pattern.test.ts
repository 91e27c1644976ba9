import { expect, test } from 'vitest'
import { type IndexPattern, readIndexPattern } from './index-pattern.ts'

const NEW_YEARS_EVE = Date.UTC(2026, 11, 31, 23, 59)
const HOUR_MS = 3_600_000

const pattern = (text: string): IndexPattern => {
  const read = readIndexPattern(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

test('gives each record the index of its date in UTC', () => {
  const { nameOf, wildcard, stem } = pattern('requests-{yyyy.MM.dd}')
  const names = [NEW_YEARS_EVE, NEW_YEARS_EVE + HOUR_MS, NEW_YEARS_EVE].map(timestamp => nameOf({ timestamp }))
  expect(names).toEqual(['requests-2026.12.31', 'requests-2027.01.01', 'requests-2026.12.31'])
  expect({ wildcard, stem }).toEqual({ wildcard: 'requests-*', stem: 'requests' })
})

test('gives each record the index of its field, in letters that an index may have', () => {
  const { nameOf, wildcard } = pattern('org-{orgId}-{yyyy}')
  const names = ['Acme Inc', undefined, '../*', 'x'.repeat(999)].map(orgId =>
    nameOf({ timestamp: 0, orgId: orgId as never }),
  )
  expect(names).toEqual(['org-acme_inc-1970', 'org-none-1970', 'org-..__-1970', `org-${'x'.repeat(60)}-1970`])
  expect(wildcard).toBe('org-*-*')
})

test('knows a name that is the same for all', () => {
  expect(pattern('requests').isFixed).toBe(true)
  expect(pattern('{yyyy}-audit').isFixed).toBe(false)
})

test.for([
  'Requests',
  '_requests',
  '-x',
  'a b',
  'a*',
  'a/b',
  'a{',
  'a-{}',
  '{orgId}',
  '{yyyy/MM}',
  '',
  'x'.repeat(256),
])('says what is wrong with "%s"', text => {
  expect(readIndexPattern(text)).toBeTypeOf('string')
})
