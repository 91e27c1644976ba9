import { expect, test } from 'vitest'
import { checkLedger } from './record-ledger.ts'

const accepted = ['a', 'b', 'c', 'd', 'e']

test('nothing is found when every record has exactly one fate, seen or counted', () => {
  const evidence = {
    delivered: ['b', 'a'],
    deadLettered: ['c'],
    pending: ['d'],
    filtered: ['e'],
    account: { delivered: 2, deadLettered: 1, pending: 1, filtered: 1 },
  }
  expect(checkLedger(accepted, evidence)).toEqual({ lost: [], doubled: [], torn: [], unknown: [], problems: [] })
  expect(checkLedger(accepted, { delivered: ['a', 'b'], filtered: 2, dropped: 1 }).problems).toEqual([])
  expect(checkLedger([], { delivered: [] }).problems).toEqual([])
})

test('a lost record is found and named', () => {
  const { lost, problems } = checkLedger(accepted, { delivered: ['a', 'b', 'd', 'e'] })
  expect(lost).toEqual(['c'])
  expect(problems).toEqual(['1 records lost: c'])
})

test('a lost record is found though a count covers another', () => {
  const { lost, problems } = checkLedger(accepted, { delivered: ['a', 'b', 'd'], dropped: 1 })
  expect(lost).toEqual(['c', 'e'])
  expect(problems).toEqual(['1 records lost: c, e'])
})

test('a loss is not made good by a double: both are found', () => {
  const { lost, doubled, problems } = checkLedger(accepted, { delivered: ['a', 'b', 'b', 'c', 'd'] })
  expect(lost).toEqual(['e'])
  expect(doubled).toEqual(['b'])
  expect(problems).toHaveLength(2)
})

test('a doubled record is found, and pardoned only where the target has no ids', () => {
  const delivered = [...accepted, 'd', 'd']
  expect(checkLedger(accepted, { delivered })).toMatchObject({
    doubled: ['d'],
    problems: ['1 records delivered more than once: d'],
  })
  expect(checkLedger(accepted, { delivered, mayRepeat: true })).toMatchObject({ doubled: ['d'], problems: [] })
})

test('a record with two fates is found, whichever they are', () => {
  const { torn, problems } = checkLedger(accepted, { delivered: accepted, deadLettered: ['a'], pending: ['b'] })
  expect(torn).toEqual(['a', 'b'])
  expect(problems).toEqual(['2 records with two fates: a, b'])
})

test('a record that nobody accepted is found', () => {
  expect(checkLedger(accepted, { delivered: [...accepted, 'x'] })).toMatchObject({
    unknown: ['x'],
    problems: ['1 records that nobody accepted: x'],
  })
})

test('a count that covers more than is missing is found', () => {
  expect(checkLedger(accepted, { delivered: accepted, dropped: 1 }).problems).toEqual([
    '1 records counted as filtered or dropped but not missing',
  ])
})

test('an account that says anything but what is there is found, term by term', () => {
  const evidence = { delivered: [...accepted, 'a'], mayRepeat: true, account: { delivered: 6, pending: 0 } }
  expect(checkLedger(accepted, evidence).problems).toEqual(['delivered: the account says 6, found 5'])
})

test('a sentence names a few records only, the lists all', () => {
  const many = Array.from({ length: 9 }, (_, n) => String(n))
  const { lost, problems } = checkLedger(many, { delivered: [] })
  expect(lost).toEqual(many)
  expect(problems).toEqual(['9 records lost: 0, 1, 2, 3, 4, …'])
})
