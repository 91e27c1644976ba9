import { expect, test } from 'vitest'
import { readInsertFailures } from './mongo-failures.ts'

/** As the driver throws them; codes that no server can be brought to answer for a single document at will. */
const bulkError = (codes: readonly number[], more: object = {}) => ({
  writeErrors: codes.map((code, index) => ({ index, code, errmsg: 'words' })),
  result: { insertedCount: 10 - codes.length },
  ...more,
})

test('a document whose code tells of the state of the server is tried again, alone', () => {
  expect(readInsertFailures(bulkError([91, 10107, 14031]), 10)).toEqual({
    duplicates: [],
    rejected: [],
    retry: [0, 1, 2],
  })
})

test('a code that nobody knows is of the document', () => {
  expect(readInsertFailures(bulkError([99_999, 10334]), 10)?.rejected).toEqual([
    { index: 0, reason: 'refused', message: 'code 99999: words' },
    { index: 1, reason: 'too_large', message: 'code 10334: words' },
  ])
})

test.each([
  ['no error of a document', bulkError([])],
  ['the label of the driver', bulkError([121], { errorLabels: ['RetryableWriteError'] })],
  ['an unmet write concern', bulkError([121], { result: { insertedCount: 9, getWriteConcernError: () => ({}) } })],
  ['documents that were not sent', bulkError([121], { result: { insertedCount: 3 } })],
  ['an error of another kind', new Error('connection closed')],
])('with %s nothing is known of single documents', (_, error) => {
  expect(readInsertFailures(error, 10)).toBeUndefined()
})
