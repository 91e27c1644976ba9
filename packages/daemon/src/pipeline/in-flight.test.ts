import { expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'
import { trackFrame } from './tracked-frame.ts'

const frame = (id: string, partition = 0) => trackFrame(partition, { id, bytes: undefined, count: 10, deliveries: 1 })

test('what is in flight is counted, and a frame held already is not taken twice', () => {
  const inFlight = createInFlight(2)
  expect(inFlight.add(frame('1-0'))).toBe(true)
  expect(inFlight.add(frame('1-0'))).toBe(false)
  expect(inFlight.add(frame('1-0', 1))).toBe(true)
  expect([inFlight.records, inFlight.frames]).toEqual([20, 2])
})

test('a lost frame is marked, and may be taken again without the old one taking it away', () => {
  const inFlight = createInFlight(1)
  const old = frame('1-0')
  inFlight.add(old)
  expect(inFlight.lose(0, ['1-0', 'unknown'])).toBe(1)
  expect(old.lost).toBe(true)
  const again = frame('1-0')
  expect(inFlight.add(again)).toBe(true)
  inFlight.remove(old)
  expect(inFlight.ids(0)).toEqual(['1-0'])
  inFlight.remove(again)
  expect([inFlight.records, inFlight.frames, inFlight.ids(0).length]).toEqual([0, 0, 0])
})
