import type { DeadLetter, Settlement } from '@pumphouse/queue'
import { expect, test, vi } from 'vitest'
import { createEpisode } from './episode.ts'
import { createSettleQueue } from './settle-queue.ts'
import { type TrackedFrame, trackFrame } from './tracked-frame.ts'

const letter: DeadLetter = { kind: 'frame', reason: 'x', message: '', attempts: 1, body: new Uint8Array(1) }

function finished(n: number, deadLetters = 0): TrackedFrame {
  const frame = trackFrame(0, { id: `${n}-0`, bytes: undefined, count: 1, deliveries: 1 })
  if (deadLetters > 0) frame.deadLetters = new Array<DeadLetter>(deadLetters).fill(letter)
  return frame
}

/** A settle queue over a group that answers with `answer`; `calls` are the sizes of the groups it was asked to settle. */
function settling(answer: (settlements: readonly Settlement[], call: number) => string[] | Promise<string[]>) {
  const calls: number[] = []
  const results: [id: string, counted: boolean][] = []
  const giveUp = new AbortController()
  const line = (): void => {}
  const queue = createSettleQueue({
    group: {
      settle: async settlements => {
        calls.push(settlements.length)
        return { settled: await answer(settlements, calls.length) }
      },
    },
    episode: createEpisode(
      { debug: line, info: line, warn: line, error: line },
      {},
      { failed: 'failed', recovered: 'recovered' },
    ),
    signal: giveUp.signal,
    onSettled: (frame, counted) => results.push([frame.id, counted]),
  })
  return { queue, calls, results, giveUp }
}
const all = (settlements: readonly Settlement[]): string[] => settlements.map(({ id }) => id)

test('frames are settled in groups of up to 64', async () => {
  const s = settling(all)
  for (let n = 0; n < 150; n++) s.queue.add(finished(n))
  await s.queue.drained()
  expect(s.calls).toEqual([64, 64, 22])
  expect(s.results).toHaveLength(150)
})

test('what is finished while a call is on its way waits for its neighbours, and goes with them', async () => {
  const s = settling(async settlements => {
    if (s.calls.length === 1) for (const n of [2, 3]) s.queue.add(finished(n))
    // More than its answer takes.
    setTimeout(() => s.calls.length === 1 && s.queue.add(finished(4)), 1)
    return all(settlements)
  })
  s.queue.add(finished(1))
  await vi.waitFor(() => expect(s.results).toHaveLength(4))
  expect(s.calls).toEqual([1, 3])
})

test('a group holds no more dead letters than a script may take, but at least one frame', async () => {
  const s = settling(all)
  for (const letters of [600, 600, 5000, 1]) s.queue.add(finished(letters, letters))
  await s.queue.drained()
  expect(s.calls).toEqual([1, 1, 1, 1])
})

test('only what this call acked counts', async () => {
  const s = settling(() => ['1-0'])
  s.queue.add(finished(1))
  s.queue.add(finished(2))
  await s.queue.drained()
  expect(s.results).toEqual([
    ['1-0', true],
    ['2-0', false],
  ])
})

test('a failed call is repeated with the same frames', async () => {
  const s = settling((settlements, call) => {
    if (call < 3) throw new Error('away')
    return all(settlements)
  })
  s.queue.add(finished(1))
  await s.queue.drained()
  expect(s.calls).toEqual([1, 1, 1])
  expect(s.results).toEqual([['1-0', true]])
})

test('a frame lost while it waited is not settled', async () => {
  const s = settling(all)
  const lost = finished(1)
  s.queue.add(lost)
  s.queue.add(finished(2))
  lost.lost = true
  await s.queue.drained()
  expect(s.calls).toEqual([1])
  expect(s.results).toEqual([
    ['1-0', false],
    ['2-0', true],
  ])
})

test('there is no room while too much waits, and room again when it is settled', async () => {
  let open: () => void = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const s = settling(settlements => gate.then(() => all(settlements)))
  for (let n = 0; n < 600; n++) s.queue.add(finished(n))
  const room = s.queue.room()
  expect(room).toBeDefined()
  open()
  await room
  expect(s.queue.room()).toBeUndefined()
  await s.queue.drained()
  expect(s.results).toHaveLength(600)
})

test('giving up ends the waiting for room and for the end', async () => {
  const s = settling(() => Promise.reject(new Error('away')))
  for (let n = 0; n < 600; n++) s.queue.add(finished(n))
  const room = s.queue.room()
  s.giveUp.abort()
  await Promise.all([room, s.queue.drained()])
  expect(s.results).toEqual([])
})
