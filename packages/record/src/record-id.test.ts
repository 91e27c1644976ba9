import { describe, expect, test } from 'vitest'
import { counterOf, createIdPrinter, createRecordIdSource, MAX_COUNTER, recordIdAt } from './record-id.ts'

const START_MS = 1_763_700_000_000

function secondsOf(id: Uint8Array): number {
  return new DataView(id.buffer, id.byteOffset).getUint32(0)
}

describe('a source of ids', () => {
  test('puts the seconds of its clock first and keeps its random part', () => {
    const source = createRecordIdSource(() => START_MS)
    const [a, b] = [source.allocate(1), source.allocate(1)]
    expect(secondsOf(a)).toBe(START_MS / 1000)
    expect(a.slice(4, 9)).toEqual(b.slice(4, 9))
    expect(createRecordIdSource().allocate(1).slice(4, 9)).not.toEqual(a.slice(4, 9))
  })

  test('never gives an id twice, in ascending order, across wraps of the counter and a clock that goes back', () => {
    let now = START_MS
    const source = createRecordIdSource(() => now)
    let last = ''
    for (let frame = 0; frame < 200; frame++) {
      now += frame % 3 === 0 ? -5000 : 400
      const count = frame % 2 === 0 ? 3_000_000 : 1
      const base = source.allocate(count)
      expect(counterOf(base) + count).toBeLessThanOrEqual(MAX_COUNTER)
      expect(recordIdAt(base, 0) > last).toBe(true)
      last = recordIdAt(base, count - 1)
    }
  })

  test('moves its seconds on when a frame needs more ids than the counter has left', () => {
    const source = createRecordIdSource(() => START_MS)
    source.allocate(1)
    const whole = source.allocate(MAX_COUNTER)
    expect([secondsOf(whole), counterOf(whole)]).toEqual([START_MS / 1000 + 1, 0])
    expect(secondsOf(source.allocate(0))).toBe(START_MS / 1000 + 2)
  })

  test.each([-1, 1.5, Number.NaN, MAX_COUNTER + 1])('refuses to reserve %d ids', count => {
    expect(() => createRecordIdSource().allocate(count)).toThrow(RangeError)
  })
})

describe('a printed id', () => {
  const base = Uint8Array.of(0x69, 0x1f, 0xee, 0xe0, 1, 2, 3, 4, 5, 0x0a, 0xff, 0xfe)

  test('is the base plus the index in 24 hex digits', () => {
    expect(recordIdAt(base, 0)).toBe('691feee001020304050afffe')
    expect(recordIdAt(base, 2)).toBe('691feee001020304050b0000')
    const idAt = createIdPrinter(base)
    expect([idAt(1), idAt(0), idAt(2)]).toEqual([1, 0, 2].map(index => recordIdAt(base, index)))
  })

  test('is refused outside the counter and for other bases', () => {
    expect(() => recordIdAt(base, MAX_COUNTER)).toThrow(RangeError)
    expect(() => recordIdAt(base, -0x0affff)).toThrow(RangeError)
    expect(() => recordIdAt(base.subarray(1), 0)).toThrow(RangeError)
  })
})
