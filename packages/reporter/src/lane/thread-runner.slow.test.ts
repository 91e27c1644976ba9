import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { settings } from '../../test/lane-settings.ts'
import { startThreadRunner } from './thread-runner.ts'

const PING_MS = 5_000

/** A runner whose thread runs this instead. */
function runnerOf(program: string) {
  const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${program}`, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  })
  const deaths: string[] = []
  const events: unknown[] = []
  const listener = {
    onEvent: (event: unknown) => void events.push(event),
    onDeath: (reason: string) => void deaths.push(reason),
  }
  return { worker, deaths, events, runner: startThreadRunner(settings, listener, () => worker) }
}

describe('the thread of a lane', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('that hangs is ended after half a minute, which is a death like any', async () => {
    const { worker, deaths } = runnerOf('for (;;);')
    await once(worker, 'online')
    vi.advanceTimersByTime(6 * PING_MS)
    expect(deaths).toEqual([])
    vi.advanceTimersByTime(PING_MS)
    await once(worker, 'exit')
    expect(deaths).toEqual(['it did not answer for 30 s'])
  })

  it('that answers is left alone, and its answers are no events', async () => {
    const { worker, deaths, events, runner } = runnerOf(`
      parentPort.on('message', word => word === 'end' ? parentPort.close() : parentPort.postMessage('pong'))`)
    for (let ping = 0; ping < 20; ping++) {
      vi.advanceTimersByTime(PING_MS)
      await once(worker, 'message')
    }
    expect([deaths, events]).toEqual([[], []])
    await runner.end(1000)
  })

  it('that cannot be told anything throws nothing at the application, and is ended by force', async () => {
    const { worker, deaths, runner } = runnerOf('setInterval(() => undefined, 1000)')
    await once(worker, 'online')
    worker.postMessage = () => {
      throw new Error('changed')
    }
    expect(() => vi.advanceTimersByTime(2 * PING_MS)).not.toThrow()
    expect(() => runner.change({ redact: {} })).not.toThrow()
    const ending = runner.end(1000)
    vi.advanceTimersByTime(1000)
    await ending
    expect(deaths).toEqual([])
  })

  it('that runs out of memory is a death of its own, not of the process', async () => {
    // In small steps, with turns of the loop between them: where one step takes more than V8 holds in reserve, Node 24 ends the whole process.
    const { worker, deaths } = runnerOf(`
      const heap = []
      setInterval(() => heap.push(Array.from({ length: 10_000 }, (_, n) => ({ n }))), 1)`)
    await new Promise(resolve => worker.on('exit', resolve))
    expect(deaths).toHaveLength(1)
    expect(deaths[0]).toMatch(/memory/)
  })
})
