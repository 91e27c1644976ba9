import { expect, test } from 'vitest'
import { compilePolicy } from './record-policy.ts'

const none = { include: {}, exclude: {} }
const records = Object.freeze([
  Object.freeze({ id: 'a', path: '/a', request: 'long', rawResponse: null }),
  Object.freeze({ id: 'b', path: '/b' }),
])
const details = ['rawRequest', 'rawResponse', 'request']

test('with no policy the very list of the frame is passed on', () => {
  expect(compilePolicy({ filters: none, omitDetailedRecording: false, detailFields: details })(records)).toBe(records)
})

test('details are left out of a frozen copy; the shared record keeps them', () => {
  const shaped = compilePolicy({ filters: none, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped[0]).toEqual({ id: 'a', path: '/a' })
  expect(Object.isFrozen(shaped[0])).toBe(true)
  expect(records[0]).toHaveProperty('request', 'long')
})

test('a record without details is not copied', () => {
  const shaped = compilePolicy({ filters: none, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped[1]).toBe(records[1])
})

test('a filter may look at a field that is omitted afterwards', () => {
  const filters = { include: { request: ['long'] }, exclude: {} }
  const shaped = compilePolicy({ filters, omitDetailedRecording: true, detailFields: details })(records)
  expect(shaped).toEqual([{ id: 'a', path: '/a' }])
})
