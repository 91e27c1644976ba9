import { createRecordIdSource } from '@pumphouse/record'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heldLanes } from '../../test/held-lane.ts'
import { settings } from '../../test/lane-settings.ts'
import type { Batch } from '../batch.ts'
import { WINDOW } from './lane-messages.ts'
import { createSupervisedLane } from './supervised-lane.ts'

function batchOf(count: number): Batch {
  const rows = { shapes: [[]], count, rows: new Uint8Array(count), objects: count, bytes: count }
  const counters = { created: count, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
  return { rows, count, counters, closedAtMs: 0 }
}

function lane() {
  const threads = heldLanes()
  const here = heldLanes()
  const said: string[] = []
  const supervised = createSupervisedLane(
    settings,
    createRecordIdSource(),
    { thread: threads.start, sameThread: here.start },
    {
      onSettled: (batch, outcome) => said.push(`${outcome} ${batch.count}`),
      onChange: () => undefined,
      onSpool: ({ type }) => said.push(type),
      onRedacted: () => undefined,
      onCapped: () => said.push('capped'),
      onFailing: code => said.push(code),
      onWorkerDeath: (_, next) => said.push(`death, then ${next}`),
    },
  )
  return { supervised, threads: threads.lanes, here: here.lanes, said }
}

describe('a supervised lane', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('numbers batches from 1 and takes no more than its window', () => {
    const { supervised, threads } = lane()
    while (supervised.room > 0) supervised.post(batchOf(1))
    expect(threads[0]?.orders.map(order => order.sequence)).toEqual(Array.from({ length: WINDOW }, (_, i) => i + 1))
    threads[0]?.send(1)
    expect(supervised.room).toBe(1)
  })

  it('hands the successor of a dead thread exactly what was not acknowledged, as the same frames', async () => {
    const { supervised, threads, said } = lane()
    for (const count of [1, 2, 3]) supervised.post(batchOf(count))
    const before = [...threads[0]!.orders]
    threads[0]?.send(1)
    threads[0]?.listener.onDeath('test')
    expect([supervised.threads, supervised.up]).toEqual([0, false])
    await vi.advanceTimersByTimeAsync(100)
    expect(threads[1]?.orders).toEqual(before.slice(1))
    expect(threads[1]?.settings.lane).toBe('i-1')
    threads[1]?.send()
    expect(said).toEqual(['sent 1', 'death, then thread', 'sent 2', 'sent 3'])
  })

  it('keeps batches that come while no thread runs for the next', async () => {
    const { supervised, threads } = lane()
    threads[0]?.listener.onDeath('test')
    supervised.post(batchOf(7))
    await vi.advanceTimersByTimeAsync(100)
    expect(threads[1]?.orders.map(order => order.batch.count)).toEqual([7])
  })

  it('counts a batch once when two acknowledgements come', () => {
    const { supervised, threads, said } = lane()
    supervised.post(batchOf(5))
    threads[0]?.listener.onEvent({ type: 'sent', sequences: [1] })
    threads[0]?.listener.onEvent({ type: 'sent', sequences: [1] })
    expect(said).toEqual(['sent 5'])
  })

  it('goes on on the thread of the application after five quick deaths', async () => {
    const { supervised, threads, here, said } = lane()
    supervised.post(batchOf(1))
    for (let death = 0; death < 5; death++) {
      threads.at(-1)?.listener.onDeath('again')
      await vi.advanceTimersByTimeAsync(2_000)
    }
    expect(threads).toHaveLength(5)
    expect(here[0]?.orders.map(order => order.sequence)).toEqual([1])
    expect(supervised.threads).toBe(0)
    expect(said.at(-1)).toBe('death, then same_thread')
  })

  it('forgives deaths that are far apart', async () => {
    const { threads, here } = lane()
    for (let death = 0; death < 8; death++) {
      await vi.advanceTimersByTimeAsync(60_000)
      threads.at(-1)?.listener.onDeath('rarely')
    }
    await vi.advanceTimersByTimeAsync(60_000)
    expect([threads.length, here.length]).toEqual([9, 0])
  })

  it('starts nobody after its end', async () => {
    const { supervised, threads } = lane()
    threads[0]?.listener.onDeath('test')
    await supervised.end(1000)
    await vi.advanceTimersByTimeAsync(10_000)
    expect([threads.length, supervised.room]).toEqual([1, 0])
  })
})
