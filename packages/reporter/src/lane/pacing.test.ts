import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPacing } from './pacing.ts'

describe('a pacing', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  it('acts at once after a pause, and then once for all that is wanted within a quarter of a second', () => {
    const act = vi.fn()
    const { soon } = createPacing(act, 1_000)
    soon()
    expect(act).toHaveBeenCalledTimes(1)
    for (let i = 0; i < 5; i++) soon()
    vi.advanceTimersByTime(249)
    expect(act).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1)
    expect(act).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(250)
    soon()
    expect(act).toHaveBeenCalledTimes(3)
  })

  it('waits for a quarter of a flush interval that is short', () => {
    const act = vi.fn()
    const { soon } = createPacing(act, 40)
    soon()
    soon()
    vi.advanceTimersByTime(10)
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('forgets what was wanted when it ends', () => {
    const act = vi.fn()
    const { soon, end } = createPacing(act, 1_000)
    soon()
    soon()
    end()
    vi.advanceTimersByTime(1_000)
    expect(act).toHaveBeenCalledTimes(1)
  })

  it('acts at once where timers do not work', () => {
    const act = vi.fn()
    const { soon } = createPacing(act, 1_000)
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(() => {
      throw new Error('changed')
    })
    soon()
    soon()
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('goes on after an act that threw on its timer', () => {
    const act = vi.fn()
    const { soon } = createPacing(act, 1_000)
    soon()
    soon()
    act.mockImplementationOnce(() => {
      throw new Error('changed')
    })
    vi.advanceTimersByTime(250)
    vi.advanceTimersByTime(250)
    soon()
    expect(act).toHaveBeenCalledTimes(3)
  })
})
