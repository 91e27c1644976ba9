/** What does a pump that fails take from one that works? They share a process, a set and its decoded frames, and should share no fate. */
import { fileURLToPath } from 'node:url'
import { runDrain } from './drain.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const FILL = { records: 400_000, perFrame: 500, make: requestRecord }
const WARM_UP = 100_000
const FAILING = fileURLToPath(new URL('./failing-pump.js', import.meta.url))
const REPETITIONS = 5
/** Short, so that a run of a second or two sees several failures of each kind. */
const POLICIES = { timeout: '200ms', retry: { initial: '50ms', max: '200ms' } }

function beside(name: string, neighbour?: object): Case {
  const pumps = (): object => ({ healthy: { type: 'discard' }, ...(neighbour && { neighbour }) })
  return { name, run: () => runDrain({ fill: FILL, pumps, watched: 'healthy', warmUp: WARM_UP }) }
}

function failing(by: string): object {
  return { type: FAILING, meta: { by }, ...POLICIES }
}

/** Alone, beside one that works as well, and beside three kinds of failure. */
export const failingNeighbour: Question = {
  question: 'What does a failing pump take from a healthy one?',
  cases: [
    beside('alone'),
    beside('beside a second healthy one', { type: 'discard' }),
    beside('beside one whose writes fail', failing('throwing')),
    beside('beside one whose writes hang until their timeout', failing('hanging')),
    beside('beside one that does not start', failing('not starting')),
  ],
  repetitions: REPETITIONS,
  ratioOf: 'cpu',
  note: 'The healthy pump discards records of 15 fields, so every microsecond of the neighbour shows. The ratio compares records per CPU time: all pumps share one thread, so on an idle machine it is that of the rates. A write of the neighbour is cut after 200 ms, and repeated after 200 ms at most. CPU is that of the whole daemon, what it spends on the neighbour included. Measured after the first 100,000 records.',
}
