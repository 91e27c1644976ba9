/** What does it cost that nothing is lost? The daemon, and the queue alone, beside the shortest loop that reads, decodes and acks. */
import { startRedis } from '@pumphouse/testkit'
import { measureProgram, runDrain } from './drain.ts'
import { fillSet, fillStream } from './fill-set.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const SET = 'bench'
const FILL = { records: 4_000_000, perFrame: 500, make: requestRecord }

function looping(name: string, loop: 'bare' | 'queue'): Case {
  async function run() {
    const server = await startRedis()
    await (loop === 'bare' ? fillStream : fillSet)(server.url, SET, FILL)
    const { measurement } = await measureProgram('loop-drainer', [loop, server.url, SET, String(FILL.records)])
    await server.stop()
    return measurement
  }
  return { name, run }
}

/** Draining to nothing: bare, with the queue, and with all of the daemon. */
export const safety: Question = {
  question: 'What does it cost that nothing is lost?',
  cases: [
    looping('bare: XREADGROUP, decode, XACK', 'bare'),
    looping('the queue: lease, decode, settle, trim', 'queue'),
    {
      name: 'the daemon with the null pump',
      run: () => runDrain({ fill: FILL, pumps: () => ({ null: { type: 'null' } }) }),
    },
  ],
  ratioOf: 'cpu',
  repetitions: 5,
  note: 'Records of 15 fields in frames of 500, decoded by the same code in all rows. The ratio is of CPU time a record. The bare loop counts nothing, bounds nothing, takes nothing over and leaves the set as long as it was. The daemon reads ahead while it decodes; its start and its stop (some 60 ms of CPU time) are in the figures; so many records are drained that they count for little.',
}
