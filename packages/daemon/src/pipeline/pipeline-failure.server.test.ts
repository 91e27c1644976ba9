import { randomBytes } from 'node:crypto'
import type { Pump } from '@pumphouse/pumps'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDaemon, keepingPump, numbers } from '../../test/test-pipeline.ts'
import { createTestSet, type TestSet } from '../../test/test-set.ts'

/** What a busy machine may need beyond the deadline to fire timers. */
const STOP_SLACK_MS = 300

const server = sharedServer(startRedis)
let set: TestSet
let daemon: ReturnType<typeof createTestDaemon>

beforeEach(async ctx => {
  set = await createTestSet((await server.orSkip(ctx.skip)).url)
  daemon = createTestDaemon(set)
})
afterEach(async () => {
  await daemon?.stop(1000)
  set?.close()
})
afterAll(() => server.stop())

const never = (): Promise<void> => new Promise(() => {})

describe('a pump that fails', () => {
  test('keeps its share in Redis, harms no other, and gets everything when it works again', async () => {
    const fields = () => ({ noise: randomBytes(12).toString('hex') })
    await set.push(200_000, { perFrame: 500, fields })
    let broken = true
    const flaky = keepingPump({
      write: async () => {
        if (broken) throw new Error('target away')
      },
    })
    const sound = keepingPump()
    const failing = daemon.add('flaky', flaky)
    failing.start()
    daemon.add('sound', sound).start()
    await until('the other has everything', () => sound.got.length === 200_000)
    await until('it has failed often', () => failing.health().failures > 5)
    expect(failing.health()).toMatchObject({ state: 'failing', lastError: 'target away', delivered: 0, stalled: false })
    expect(failing.health().inFlight).toBeLessThan(20_000)
    expect(await set.status('flaky')).toMatchObject({ pending: 200_000, holds: true })

    broken = false
    await until('it has everything', () => failing.health().delivered === 200_000)
    expect(flaky.got).toEqual(numbers(200_000))
    expect(failing.health()).toMatchObject({ failures: 0, inFlight: 0 })
    expect(failing.health().lastError).toBeUndefined()
    expect(daemon.log.lines.filter(line => line.startsWith('the pump'))).toEqual([
      'the pump fails; its records wait in Redis',
      'the pump works again',
    ])
  })

  test('at its start has a group from then on, and drains when a later start succeeds', async () => {
    let starts = 0
    const pump = keepingPump({
      start: async () => {
        starts += 1
        if (starts < 4) throw new Error(`mongodb://u:secret@host is away`)
      },
    })
    const pipeline = daemon.add('late', pump, { retry: { initialMs: 100, maxMs: 100, deadlineMs: 0 } })
    pipeline.start()
    await until('the group is there', () => set.status('late').catch(() => undefined))
    await until('a start has failed', () => pipeline.health().failures > 0)
    expect(pipeline.health()).toMatchObject({ state: 'failing', lastError: 'mongodb://u:***@host is away' })
    await set.push(100)
    await until('it has everything', () => pump.got.length === 100)
    expect(starts).toBe(4)
  })

  test('to be made is tried again like a start', async () => {
    let tries = 0
    const pump = keepingPump()
    const make = (): Pump => {
      tries += 1
      if (tries === 1) throw new Error('cannot be made')
      return pump
    }
    await set.push(10)
    daemon.add('odd', make).start()
    await until('it has everything', () => pump.got.length === 10)
  })

  test('by throwing at once, by nonsense or by a late answer is retried until it answers in time', async () => {
    await set.push(10)
    let calls = 0
    const pump = keepingPump()
    const odd: Pump = {
      close: async () => {},
      write(batch, signal) {
        calls += 1
        if (calls === 1) throw new TypeError('at once')
        if (calls === 2) return Promise.resolve({ retry: { indexes: [99], error: new Error() } })
        if (calls === 3) return new Promise(resolve => setTimeout(resolve, 150))
        if (calls === 4) return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 150))
        return pump.write(batch, signal)
      },
    }
    const pipeline = daemon.add('odd', odd, { timeoutMs: 60 })
    pipeline.start()
    await until('it has everything', () => pipeline.health().delivered === 10)
    expect(calls).toBe(5)
    expect(pump.got).toEqual(numbers(10))
    expect(await set.status('odd')).toMatchObject({ delivered: 10, pending: 0, holds: true })
  })

  test('by answering twice, and differently, is held to the first answer; a pump beside it sees nothing of it', async () => {
    await set.push(10)
    const said: string[] = []
    /** Answers `first`, then `second` at once and once more later: what a promise of its own making may do. */
    const twice = (first: unknown, second: unknown): Pump['write'] =>
      (() => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable that breaks the rules is what is tested.
        then(resolve: (answer: unknown) => void, reject: (error: Error) => void) {
          resolve(first)
          resolve(second)
          reject(new Error('third answer'))
          setTimeout(() => said.push('later')).ref()
          setTimeout(() => resolve(second))
        },
      })) as unknown as Pump['write']
    const refusal = { rejected: [{ index: 3, reason: 'validation', message: 'no' }] }
    const sound = keepingPump()
    const pumps = { refuses: twice(refusal, undefined), accepts: twice(undefined, refusal) }
    for (const [name, write] of Object.entries(pumps)) daemon.add(name, { write, close: async () => {} }).start()
    const beside = daemon.add('sound', sound)
    beside.start()
    for (const name of ['refuses', 'accepts', 'sound']) {
      await until(`${name} to be settled`, async () => {
        const account = await set.status(name).catch(() => undefined)
        return account?.pushed === 10 && account.pending === 0
      })
    }
    await until('the later answers to have come', () => said.length >= 2)
    expect(await set.status('refuses')).toMatchObject({ delivered: 9, deadLettered: 1, holds: true })
    expect(await set.status('accepts')).toMatchObject({ delivered: 10, deadLettered: 0, holds: true })
    expect(await set.status('sound')).toMatchObject({ delivered: 10, deadLettered: 0, holds: true })
    expect(sound.got).toEqual(numbers(10))
    expect(beside.health()).toMatchObject({ failures: 0, stalled: false })
    expect((await set.deadLetters()).map(({ pump }) => String(pump))).toEqual(['refuses'])
  })

  test('for longer than the retry deadline has its records dead-lettered, exactly counted', async () => {
    await set.push(30, { perFrame: 10 })
    const down = keepingPump({ write: () => Promise.reject(new Error('away')) })
    daemon.add('down', down, { retry: { initialMs: 5, maxMs: 10, deadlineMs: 50 } }).start()
    await until('nothing is pending', async () => (await set.status('down')).pending === 0)
    expect(await set.status('down')).toMatchObject({ delivered: 0, deadLettered: 30, holds: true })
    expect(new Set((await set.deadLetters()).map(({ reason }) => String(reason)))).toEqual(new Set(['retry_deadline']))
  })

  test('again and again is left alone for a while, which health shows, and gets everything after the probe that succeeds', async () => {
    await set.push(100)
    let calls = 0
    let broken = true
    const flaky = keepingPump({
      write: async () => {
        calls += 1
        if (broken) throw new Error('target away')
      },
    })
    const pipeline = daemon.add('flaky', flaky, { breaker: { failures: 3, openForMs: 400 } })
    pipeline.start()
    await until('the breaker is open', () => pipeline.health().breaker === 'open')
    expect(calls).toBe(3)
    expect(pipeline.health()).toMatchObject({ state: 'failing', failures: 3, stalled: false })
    await until('a probe has failed', () => calls === 4)
    await until('it is open again', () => pipeline.health().breaker === 'open')
    broken = false
    await until('it has everything', () => pipeline.health().delivered === 100)
    expect(calls).toBe(5)
    expect(pipeline.health()).toMatchObject({ breaker: 'closed', failures: 0 })
  })

  test('by hanging is cut again and again, and nothing of its share is acked', async () => {
    await set.push(100)
    const pipeline = daemon.add('hanging', keepingPump({ write: never }), { timeoutMs: 20 })
    pipeline.start()
    await until('it was cut several times', () => pipeline.health().failures > 3)
    expect(await set.status('hanging')).toMatchObject({ delivered: 0, pending: 100, holds: true })
  })
})

describe('stopping', () => {
  test('writes what was taken in, gives back the rest, and counts both', async () => {
    await set.push(10_000, { perFrame: 100 })
    let open: () => void = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    const pump = keepingPump({ write: () => gate })
    const pipeline = daemon.add('audit', pump)
    pipeline.start()
    await until('a write is in progress', () => pipeline.health().inFlight > 0)
    const stopping = pipeline.stop(5000)
    open()
    const counts = await stopping
    expect(counts.delivered).toBe(pump.got.length)
    expect(counts.delivered).toBeGreaterThan(0)
    const status = await set.status('audit')
    expect(status).toMatchObject({ delivered: counts.delivered, leasedFrames: 0, holds: true })
    expect(pipeline.health()).toMatchObject({ state: 'stopped', inFlight: 0, stalled: false })
  })

  test('leaves a hanging write and a hanging close alone in time; another daemon gets everything at once', async () => {
    await set.push(500)
    const aborted: boolean[] = []
    const hanging = daemon.add('audit', {
      write: (_, signal) => {
        signal.addEventListener('abort', () => aborted.push(true))
        return never()
      },
      close: never,
    })
    hanging.start()
    await until('it hangs', () => hanging.health().inFlight === 500)
    const started = performance.now()
    const counts = await hanging.stop(2000)
    expect(performance.now() - started).toBeLessThan(2000 + STOP_SLACK_MS)
    expect(counts).toEqual({ delivered: 0, filtered: 0, deadLettered: 0, released: 5 })
    expect(aborted).toEqual([true])
    expect(daemon.log.lines).toContain('the pump did not close in time and was left alone')

    const successor = createTestDaemon(set, { leaseMs: 60_000, consumer: 'daemon-2' })
    const pump = keepingPump()
    successor.add('audit', pump).start()
    await until('the other has everything', () => pump.got.length === 500)
    await successor.stop()
    expect(await set.status('audit')).toMatchObject({ delivered: 500, pending: 0, holds: true })
  })

  test('does not wait for a failing pump', async () => {
    await set.push(500)
    const broken = keepingPump({ write: () => Promise.reject(new Error('away')) })
    const pipeline = daemon.add('audit', broken, { retry: { initialMs: 60_000, maxMs: 60_000, deadlineMs: 0 } })
    pipeline.start()
    await until('it fails', () => pipeline.health().state === 'failing')
    const started = performance.now()
    expect(await pipeline.stop(10_000)).toMatchObject({ released: 5 })
    expect(performance.now() - started).toBeLessThan(9000)
  })

  test('before a start, during a start and twice is safe, and closes the pump once made', async () => {
    let closed = 0
    const pump = keepingPump({
      start: never,
      close: async () => {
        closed += 1
      },
    })
    await daemon.add('unstarted', pump).stop(100)
    expect(closed).toBe(0)
    const starting = daemon.add('starting', pump)
    starting.start()
    await until('the group is there', () => set.status('starting').catch(() => undefined))
    const [first, second] = await Promise.all([starting.stop(1000), starting.stop(1000)])
    expect(first).toBe(second)
    expect(closed).toBe(1)
    starting.start()
    expect(starting.health().state).toBe('stopped')
  })
})
