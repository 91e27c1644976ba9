import { RejectedError, RetryableError } from '@pumphouse/pumps'
import { describe, expect, test } from 'vitest'
import { outcomeOfError, outcomeOfResult } from './write-outcome.ts'

const rejection = (index: unknown) => ({ index, reason: 'validation', message: 'no' })

describe('what a write resolved with', () => {
  test.each([[undefined], [{}], [{ rejected: [] }], [{ retry: { indexes: [], error: new Error('x') } }]])(
    '%j means that all is delivered',
    result => {
      expect(outcomeOfResult(result, 3)).toEqual({ kind: 'delivered' })
    },
  )

  test('names the rejected and those to send again', () => {
    const error = new Error('busy')
    const result = { rejected: [rejection(2)], retry: { indexes: [4, 0], error, afterMs: 50 } }
    expect(outcomeOfResult(result, 5)).toEqual({
      kind: 'partial',
      rejected: [rejection(2)],
      retry: [0, 4],
      error,
      afterMs: 50,
    })
  })

  test.each([
    ['a position beyond the batch', { rejected: [rejection(3)] }],
    ['a negative position', { rejected: [rejection(-1)] }],
    ['half a position', { retry: { indexes: [0.5], error: new Error() } }],
    ['a position as text', { retry: { indexes: ['1'], error: new Error() } }],
    ['a position twice', { rejected: [rejection(1), rejection(1)] }],
    ['a position in both lists', { rejected: [rejection(1)], retry: { indexes: [1], error: new Error() } }],
    ['a list that is none', { rejected: 'all' }],
    ['positions without a list', { retry: { indexes: 1 } }],
    ['a retry that is none', { retry: true }],
    ['a rejection that is none', { rejected: [null] }],
    ['null', null],
    ['a number', 3],
    ['text', 'ok'],
    [
      'something that throws when looked at',
      Object.defineProperty({}, 'rejected', {
        get() {
          throw new Error('gotcha')
        },
      }),
    ],
  ])('%s is a failed write', (_, result) => {
    expect(outcomeOfResult(result, 3)).toMatchObject({ kind: 'retryable' })
  })

  test('a reason is cut, and a missing one has a name', () => {
    const outcome = outcomeOfResult({ rejected: [{ index: 0, reason: 'x'.repeat(999) }, { index: 1 }] }, 2)
    expect(outcome).toMatchObject({ rejected: [{ reason: 'x'.repeat(64) }, { reason: 'unspecified' }] })
  })
})

describe('what a write threw', () => {
  test('a RejectedError rejects the batch', () => {
    expect(outcomeOfError(new RejectedError('too_large', 'beyond 16 MiB'))).toEqual({
      kind: 'rejected',
      reason: 'too_large',
      message: 'beyond 16 MiB',
    })
  })

  test('a RejectedError of another copy of the package counts too', () => {
    const foreign = Object.assign(new Error('no'), { name: 'RejectedError', reason: 'mapping' })
    expect(outcomeOfError(foreign)).toMatchObject({ kind: 'rejected', reason: 'mapping' })
  })

  test('a RetryableError says how long to wait', () => {
    expect(outcomeOfError(new RetryableError('busy', { afterMs: 70 }))).toMatchObject({
      kind: 'retryable',
      afterMs: 70,
    })
  })

  test.each([[new Error('x')], [undefined], [null], ['text'], [{ afterMs: -5 }], [{ afterMs: Number.NaN }]])(
    '%j is retryable',
    error => {
      expect(outcomeOfError(error)).toEqual({ kind: 'retryable', error, afterMs: undefined })
    },
  )
})
