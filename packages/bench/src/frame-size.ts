/** What does a record cost when frames are small? A quiet service closes a frame a second, whatever is in it. */
import { runDrain } from './drain.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

/** Enough for some seconds each. */
const SIZES = [
  { perFrame: 500, records: 1_000_000 },
  { perFrame: 100, records: 1_000_000 },
  { perFrame: 10, records: 500_000 },
  { perFrame: 1, records: 100_000 },
]

/** Frames of 500, 100, 10 and 1 records. */
export const frameSize: Question = {
  question: 'What does draining cost against the size of the frames?',
  cases: SIZES.map(({ perFrame, records }) => ({
    name: `${perFrame} ${perFrame === 1 ? 'record' : 'records'} a frame`,
    run: () =>
      runDrain({ fill: { records, perFrame, make: requestRecord }, pumps: () => ({ null: { type: 'null' } }) }),
  })),
  note: 'Records of 15 fields, to the null pump.',
}
