/** What does a further pump on the same set cost? Frames are decoded once for all pumps that keep pace. */
import { runDrain } from './drain.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const FILL = { records: 500_000, perFrame: 500, make: requestRecord }
const COUNTS = [1, 2, 4, 8]

/** 1, 2, 4 and 8 null pumps on one set. */
export const pumpCount: Question = {
  question: 'What does draining cost against the number of pumps?',
  cases: COUNTS.map(count => ({
    name: count === 1 ? '1 pump' : `${count} pumps`,
    run: () =>
      runDrain({
        fill: FILL,
        pumps: () => Object.fromEntries(Array.from({ length: count }, (_, i) => [`null-${i}`, { type: 'null' }])),
      }),
  })),
  note: 'Records of 15 fields in frames of 500, each delivered to every pump. Rate and CPU are per record of the set, all pumps together: the difference between two rows is what the further pumps cost.',
}
