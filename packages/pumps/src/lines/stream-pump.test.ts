import { PassThrough, Writable } from 'node:stream'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { noLimit } from '../../test/open-pump.ts'
import { createJsonLines } from './json-lines.ts'
import { createStreamPump } from './stream-pump.ts'

/** A stream that takes a chunk only when told to. */
function slowStream(): { stream: Writable; taken: string[]; take: () => void } {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      waiting.push(() => {
        taken.push(String(chunk))
        done()
      })
    },
  })
  return { stream, taken, take: () => waiting.shift()?.() }
}

test('a write resolves only when the stream has taken the lines', async () => {
  const { stream, taken, take } = slowStream()
  const pump = createStreamPump(stream, 'slow', createJsonLines())
  let resolved = false
  const write = pump.write([{ path: '/' }], noLimit()).then(() => {
    resolved = true
  })
  await new Promise(resolve => setImmediate(resolve))
  expect(resolved).toBe(false)
  take()
  await write
  expect(taken).toEqual(['{"path":"/"}\n'])
})

test('a batch whose time ran out is not written a second time when it is asked for again', async () => {
  const { stream, taken, take } = slowStream()
  const pump = createStreamPump(stream, 'slow', createJsonLines())
  const batch = Object.freeze([{ path: '/once' }])
  const limit = new AbortController()
  const first = pump.write(batch, limit.signal)
  limit.abort(new Error('time is up'))
  await expect(first).rejects.toThrow('time is up')
  const again = pump.write(batch, noLimit())
  take()
  await again
  expect(taken).toEqual(['{"path":"/once"}\n'])
})

test('another batch waits until the stream is through with one whose time ran out', async () => {
  const { stream, taken, take } = slowStream()
  const pump = createStreamPump(stream, 'slow', createJsonLines())
  const limit = new AbortController()
  const first = pump.write([{ a: 1 }], limit.signal)
  limit.abort(new Error('time is up'))
  await expect(first).rejects.toThrow('time is up')
  const impatient = new AbortController()
  const second = pump.write([{ a: 2 }], impatient.signal)
  impatient.abort(new Error('time is up again'))
  await expect(second).rejects.toThrow('time is up again')
  expect(stream.writableLength).toBe('{"a":1}\n'.length)
  const third = pump.write([{ a: 3 }], noLimit())
  take()
  await until('the third is in the stream', () => stream.writableLength > 0)
  take()
  await third
  expect(taken).toEqual(['{"a":1}\n', '{"a":3}\n'])
})

test('a stream that breaks fails the write, and every write and check after it, and nothing else', async () => {
  const stream = new PassThrough()
  const pump = createStreamPump(stream, 'a broken stream', createJsonLines())
  await pump.start?.(noLimit())
  stream.destroy(new Error('EPIPE'))
  await expect(pump.write([{ a: 1 }], noLimit())).rejects.toMatchObject({ code: 'PH_PUMP_RETRYABLE' })
  await expect(pump.write([{ a: 2 }], noLimit())).rejects.toThrow('cannot write to a broken stream')
  await expect(pump.check?.(noLimit())).rejects.toThrow('cannot write to a broken stream')
})

test('many pumps over one stream leave one listener on it', async () => {
  const stream = new PassThrough()
  for (let i = 0; i < 20; i++) await createStreamPump(stream, 'shared', createJsonLines()).start?.(noLimit())
  expect(stream.listenerCount('error')).toBe(1)
})
