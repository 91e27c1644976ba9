import { describe, expect, it } from 'vitest'
import { type Buffer, createBuffer } from './buffer.ts'

const counters = () => ({ created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} })

function addBatch(buffer: Buffer, records: number): void {
  for (let i = 0; i < records; i++) buffer.add({ i })
  buffer.closeBatch(counters)
}

describe('the buffer', () => {
  it('says when the open batch is full by its records', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 3 })
    expect([buffer.add({}), buffer.add({}), buffer.add({})]).toEqual([false, false, true])
  })

  it('says when the open batch is full by its bytes', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 100 })
    const large = { text: 'x'.repeat(200_000) }
    const filled = Array.from({ length: 6 }, () => buffer.add(large))
    expect(filled.lastIndexOf(false)).toBeGreaterThan(2)
    expect(filled.at(-1)).toBe(true)
  })

  it('counts open, waiting and travelling records towards its bound', () => {
    const buffer = createBuffer({ maxRecords: 6, maxBytes: 1e9, batchSize: 2 })
    addBatch(buffer, 2)
    addBatch(buffer, 2)
    const travelling = buffer.next()
    buffer.add({})
    expect([buffer.records(), buffer.isFull()]).toEqual([5, false])
    buffer.add({})
    expect([buffer.records(), buffer.isFull()]).toEqual([6, true])
    buffer.settle(travelling!, true)
    expect([buffer.records(), buffer.isFull()]).toEqual([4, false])
  })

  it('counts bytes towards its bound', () => {
    const buffer = createBuffer({ maxRecords: 1e6, maxBytes: 4096, batchSize: 1000 })
    while (!buffer.isFull()) buffer.add({ text: 'x'.repeat(100) })
    expect(buffer.records()).toBeGreaterThan(10)
    expect(buffer.records()).toBeLessThan(41)
  })

  it('counts the memory that a batch lies in where that is more than its values', () => {
    const buffer = createBuffer({ maxRecords: 1e6, maxBytes: 1024 * 1024, batchSize: 1000 })
    let held = 0
    while (!buffer.isFull()) {
      // Some more than 64 KiB: the buffer grew to twice that for it.
      for (let i = 0; i < 34; i++) buffer.add({ text: 'x'.repeat(2_000) })
      buffer.closeBatch(counters)
      held = buffer.unsettled().reduce((sum, { rows }) => sum + rows.rows.buffer.byteLength, 0)
    }
    expect(held).toBeLessThan(1.2 * 1024 * 1024)
    expect(held).toBeGreaterThan(0.8 * 1024 * 1024)
  })

  it('drops the oldest batch that waits, never one that travels', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 100 })
    addBatch(buffer, 1)
    addBatch(buffer, 2)
    addBatch(buffer, 3)
    expect(buffer.next()?.count).toBe(1)
    expect(buffer.dropOldest()?.count).toBe(2)
    expect(buffer.dropOldest()?.count).toBe(3)
    expect(buffer.dropOldest()).toBeUndefined()
    expect(buffer.records()).toBe(1)
  })

  it('settles a batch once, however often it is told', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 100 })
    addBatch(buffer, 5)
    const batch = buffer.next()!
    buffer.add({})
    buffer.settle(batch, true)
    buffer.settle(batch, true)
    expect(buffer.records()).toBe(1)
  })

  it('forgets everything at once and says how much that was', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 100 })
    addBatch(buffer, 2)
    addBatch(buffer, 3)
    buffer.next()
    buffer.add({})
    expect(buffer.clear()).toBe(6)
    expect([buffer.records(), buffer.unsettled().length, buffer.isFull()]).toEqual([0, 0, false])
  })

  it('makes no batch of nothing', () => {
    const buffer = createBuffer({ maxRecords: 100, maxBytes: 1e9, batchSize: 100 })
    buffer.closeBatch(() => {
      throw new Error('nobody needs counters')
    })
    expect(buffer.next()).toBeUndefined()
  })
})
