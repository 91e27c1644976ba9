/** What does a pump that fails take from one that works? They share a process, a set and its decoded frames, and should share no fate. */
import { fileURLToPath } from 'node:url'
import { runDrain } from './drain.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const FILL = { records: 1_000_000, perFrame: 500, make: requestRecord }
const FAILING = fileURLToPath(new URL('./failing-pump.js', import.meta.url))
const REPETITIONS = 5

function beside(name: string, by?: string): Case {
  const policies = { timeout: '1s', retry: { initial: '200ms', max: '5s' } }
  const neighbour = by === undefined ? {} : { failing: { type: FAILING, meta: { by }, ...policies } }
  const pumps = (): object => ({ healthy: { type: 'discard' }, ...neighbour })
  return { name, run: () => runDrain({ fill: FILL, pumps, watched: 'healthy' }) }
}

/** Alone, and beside three kinds of failure. */
export const failingNeighbour: Question = {
  question: 'What does a failing pump take from a healthy one?',
  cases: [
    beside('alone'),
    beside('beside one whose writes fail', 'throwing'),
    beside('beside one whose writes hang', 'hanging'),
    beside('beside one that does not start', 'not starting'),
  ],
  repetitions: REPETITIONS,
  note: 'The healthy pump discards records of 15 fields, so every microsecond of the neighbour shows. CPU is that of the whole daemon, what it spends on the failing pump included.',
}
