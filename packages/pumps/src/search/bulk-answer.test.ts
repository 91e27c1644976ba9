import { expect, test } from 'vitest'
import { connectionFailureInWords } from '../http/connection-failure.ts'
import { fateOf, readItems } from './bulk-answer.ts'
import { errorMessage, errorReason } from './server-error.ts'

const items = [3, 5].map(position => ({ position, lines: '' }))
const answering = (...answers: readonly object[]): object => ({ items: answers.map(create => ({ create })) })
const failing = (status: number, type = 'some_exception'): object => ({ status, error: { type, reason: 'why' } })

test.for([200, 201, 409])('an item with %i is delivered', status => {
  expect(readItems(answering({ status }, { status: 201 }), items)).toEqual({ rejected: [], retry: [] })
})

test.for([
  [429, 'es_rejected_execution_exception'],
  [503, 'unavailable_shards_exception'],
  [500, 'some_exception'],
  [401, 'security_exception'],
  [403, 'cluster_block_exception'],
  [404, 'index_not_found_exception'],
  [400, 'index_closed_exception'],
  [400, 'validation_exception'],
] as const)('an item with %i %s is sent again alone, under its position in the batch', ([status, type]) => {
  const outcome = readItems(answering({ status: 201 }, failing(status, type)), items)
  expect(outcome).toEqual({ rejected: [], retry: [5], message: `${status} ${type}: why` })
})

test('an item with any other client error is rejected with the reason of the server', () => {
  const outcome = readItems(answering(failing(400, 'document_parsing_exception'), { status: 201 }), items)
  const rejected = [{ index: 3, reason: 'document_parsing', message: 'document_parsing_exception: why' }]
  expect(outcome).toEqual({ rejected, retry: [] })
})

test.for([
  undefined,
  null,
  'text',
  {},
  { items: 1 },
  answering({ status: 201 }),
  answering({ status: 201 }, {}),
  { items: [null, null] },
  { items: [{ index: { status: 201 } }, { index: { status: 201 } }] },
])('%j is no answer to two items', body => {
  expect(readItems(body, items)).toBeUndefined()
})

test.for([
  [200, undefined, 'items'],
  [413, undefined, 'halves'],
  [400, { type: 'validation_exception' }, 'halves'],
  [400, undefined, 'again'],
  [429, { type: 'circuit_breaking_exception' }, 'again'],
  [401, undefined, 'again'],
  [301, undefined, 'again'],
  [503, undefined, 'again'],
  [201, undefined, 'again'],
] as const)('a request with %i and the error %j: %s', ([status, error, fate]) => {
  expect(fateOf(status, error)).toBe(fate)
})

test('counts by a stable word, and says the causes once each, bounded', () => {
  expect(errorReason({ type: 'Weird Type' })).toBe('refused')
  expect(errorReason(undefined)).toBe('refused')
  const error = { type: 'a_exception', reason: 'one', caused_by: { reason: 'two', caused_by: { reason: 'one' } } }
  expect(errorMessage(error)).toBe('a_exception: one; two')
  expect(errorMessage({ type: 'a', reason: 'x'.repeat(9999) }).length).toBeLessThan(1000)
})

test('says a failure of the connection in words, also when it is one of several or a cause', () => {
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
  expect(connectionFailureInWords(refused)).toBe('nobody listens there (ECONNREFUSED)')
  expect(connectionFailureInWords(new AggregateError([refused]))).toMatch(/nobody listens/)
  expect(connectionFailureInWords(new Error('outer', { cause: refused }))).toMatch(/nobody listens/)
  expect(connectionFailureInWords(Object.assign(new Error('odd'), { code: 'EODD' }))).toBe('odd (EODD)')
})
