import { describe, expect, it } from 'vitest'
import { type Settlement, settleArgs, settleCalls } from './settlement.ts'

const settled = (id: number): Settlement => ({ id: `${id}-0`, delivered: 1, filtered: 0, deadLettered: 0 })

const letter = (size: number) =>
  ({ reason: 'too_large', message: 'no', attempts: 1, body: new Uint8Array(size), kind: 'record' }) as const

describe('settlement calls', () => {
  it('keep every frame, in order, in calls of at most 128', () => {
    const all = Array.from({ length: 300 }, (_, id) => settled(id))
    const calls = [...settleCalls(all)]
    expect(calls.map(call => call.length)).toEqual([128, 128, 44])
    expect(calls.flat()).toEqual(all)
  })

  it('end after a megabyte of dead letters and never cut a frame', () => {
    const large = { ...settled(1), deadLettered: 2, deadLetters: [letter(900_000), letter(900_000)] }
    expect([...settleCalls([large, settled(2), settled(3)])]).toEqual([[large], [settled(2), settled(3)]])
  })

  it('are none when there is nothing to settle', () => {
    expect([...settleCalls([])]).toEqual([])
  })

  it('say that a dead frame stands for all its dead records, and a dead record for one', () => {
    const frame = { ...settled(1), deadLettered: 7, deadLetters: [{ ...letter(1), kind: 'frame' as const }] }
    const record = { ...settled(1), deadLettered: 1, deadLetters: [letter(1)] }
    expect(settleArgs([frame]).slice(-3, -1)).toEqual(['frame', 7])
    expect(settleArgs([record]).slice(-3, -1)).toEqual(['record', 1])
  })
})
