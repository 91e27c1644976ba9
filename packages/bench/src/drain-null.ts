/** What does everything before the target cost? Read, decode, filter, batch, settle and trim, with a pump that takes and forgets. */
import { runDrain } from './drain.ts'
import type { Case, Question } from './question.ts'
import { auditRecord, requestRecord } from './sample-records.ts'

const RECORDS = 1_000_000
const BACKLOG = 5_000_000
const PER_FRAME = 500

function draining(name: string, make: (i: number) => object, records: number, policies: object = {}): Case {
  const pumps = (): object => ({ null: { type: 'null', ...policies } })
  return { name, run: () => runDrain({ fill: { records, perFrame: PER_FRAME, make }, pumps }) }
}

/** To the null pump: two kinds of records, with and without policies, and a long backlog. */
export const drainNull: Question = {
  question: 'How fast does the daemon drain to a pump that does nothing?',
  cases: [
    draining('15-field records', requestRecord, RECORDS),
    draining('15-field records, a filter on two fields', requestRecord, RECORDS, {
      filters: { include: { statusCode: ['200-599'] }, exclude: { path: ['/internal/*'] } },
    }),
    draining('8-field audit records', auditRecord, RECORDS),
    draining('8-field audit records, three of them details omitted', auditRecord, RECORDS, {
      omitDetailedRecording: true,
    }),
    draining('15-field records, a backlog of 5 million', requestRecord, BACKLOG),
  ],
  note: 'Frames of 500 records. The whole daemon is measured, from its start to its end, in a process of its own; Redis is another.',
}
