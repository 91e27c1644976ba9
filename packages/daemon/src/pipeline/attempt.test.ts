import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { attempt } from './attempt.ts'

const never = new AbortController().signal

test('a call that settles in time ends the attempt', async () => {
  expect(await attempt(async () => 7, 1000, never)).toEqual({ kind: 'done', result: 7 })
  const error = new Error('x')
  expect(await attempt(() => Promise.reject(error), 1000, never)).toEqual({ kind: 'failed', error })
})

test('a call that throws instead of rejecting has failed', async () => {
  const error = new Error('x')
  const throwing = (): never => {
    throw error
  }
  expect(await attempt(throwing, 1000, never)).toEqual({ kind: 'failed', error })
})

test('a call that never ends is cut, with its signal aborted', async () => {
  let signal: AbortSignal | undefined
  const ended = await attempt(
    given => {
      signal = given
      return new Promise<void>(() => {})
    },
    20,
    never,
  )
  expect(ended).toMatchObject({ kind: 'failed', error: { code: 'PH_WRITE_TIMEOUT' } })
  expect(signal?.aborted).toBe(true)
})

test('what a call does after its time goes nowhere, not even as an unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): number => unhandled.push(error)
  process.on('unhandledRejection', note)
  const late = sleep(30).then(() => Promise.reject(new Error('late')))
  expect(await attempt(() => late, 5, never)).toMatchObject({ kind: 'failed', error: { code: 'PH_WRITE_TIMEOUT' } })
  await late.catch(() => {})
  await sleep(5)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

test('stopping ends the attempt at once and aborts the call', async () => {
  const stop = new AbortController()
  let signal: AbortSignal | undefined
  const ended = attempt(
    given => {
      signal = given
      return new Promise<void>(() => {})
    },
    10_000,
    stop.signal,
  )
  stop.abort()
  expect(await ended).toEqual({ kind: 'stopped' })
  expect(signal?.aborted).toBe(true)
})

test('nothing is called when it is stopped already', async () => {
  let calls = 0
  const ended = await attempt(() => calls++, 1000, AbortSignal.abort())
  expect([ended, calls]).toEqual([{ kind: 'stopped' }, 0])
})
