import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

function burn(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('busy workers share the loop evenly, and timers still fire between their slices', async () => {
  const turns = createTurns(10)
  let running = true
  async function worker(): Promise<number> {
    let taken = 0
    while (running) {
      burn(1)
      if (!turns.due()) continue
      await turns.next(0)
      taken += 1
    }
    return taken
  }
  const workers = Promise.all(Array.from({ length: 10 }, worker))
  const took: number[] = []
  for (let i = 0; i < 30; i++) {
    const before = performance.now()
    await sleep(1)
    took.push(performance.now() - before)
  }
  running = false
  const taken = await workers
  // One slice of 10 ms and a step; ten workers in one turn of the loop would take 100 and more, each time. A busy machine takes as long now and then.
  const median = took.sort((a, b) => a - b)[took.length >> 1] as number
  expect(median).toBeLessThan(50)
  expect(Math.min(...taken) * 3).toBeGreaterThan(Math.max(...taken))
})

test('who is furthest behind gets three turns of four, and nobody is left waiting', async () => {
  const turns = createTurns(0)
  let left = 400
  async function worker(position: number): Promise<number> {
    let taken = 0
    for (; left > 0; left--) {
      await turns.next(position)
      taken += 1
    }
    return taken
  }
  const [behind = 0, ahead = 0, farAhead = 0] = await Promise.all([worker(1), worker(2), worker(3)])
  expect(behind).toBeGreaterThan(250)
  expect(Math.min(ahead, farAhead)).toBeGreaterThan(30)
})
