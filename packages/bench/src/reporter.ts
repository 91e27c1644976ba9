/**
 * How fast does a reporter bring records from record() into Redis? The application's thread makes the records and waits whenever the buffer
 * is half full, so that nothing is dropped; the lane encodes and pushes meanwhile. With a worker that is what the worker can do.
 */

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { connectRedis, readStatus } from '@pumphouse/queue'
import { createReporter, type ReporterOptions } from '@pumphouse/reporter'
import { startRedis } from '@pumphouse/testkit'
import { type Measurement, measure } from './measure.ts'
import type { Case, Question } from './question.ts'
import { auditRecord, requestRecord } from './sample-records.ts'

const SET = { name: 'bench', partitions: 1 }
const RECORDS = 500_000
/** Enough for the code of both threads to be compiled before it is measured. */
const WARM_UP_RECORDS = 50_000
const MAX_QUEUED = 50_000
/** Records made in one turn of the event loop, so that acknowledgements get in between. */
const PER_TURN = 500
const BATCH_SIZE = 500

type MakeRecord = (i: number) => Record<string, unknown>

function sending(name: string, poolSize: number, make: MakeRecord, options: ReporterOptions = {}): Case {
  return { name, run: () => send(poolSize, make, options) }
}

async function send(poolSize: number, make: MakeRecord, options: ReporterOptions): Promise<Measurement> {
  const server = await startRedis()
  const redis = connectRedis({ url: server.url }, 'bench')
  const reporter = createReporter({
    service: 'bench',
    redis: server.url,
    analytics: SET,
    poolSize,
    batchSize: BATCH_SIZE,
    ...options,
  })
  // Made beforehand: making them costs about as much as recording them.
  const records = Array.from({ length: WARM_UP_RECORDS }, (_, i) => make(i))

  async function bring(count: number): Promise<void> {
    for (let made = 0; made < count; made++) {
      reporter.record(records[made % records.length] as Record<string, unknown>)
      if (made % PER_TURN > 0) continue
      await nextTurn()
      while (reporter.stats().queued > MAX_QUEUED) await sleep(1)
    }
    await reporter.flush({ timeout: '60s' })
  }

  await bring(WARM_UP_RECORDS)
  const before = (await readStatus(redis, SET)).pushed
  const measurement = await measure(RECORDS, async () => {
    await bring(RECORDS)
    return (await readStatus(redis, SET)).pushed - before
  })
  await reporter.close()
  redis.disconnect()
  await server.stop()
  return measurement
}

/** From record() into Redis, in one process. */
export const reporter: Question = {
  question: 'How fast does a reporter bring records from record() into Redis?',
  cases: [
    sending('one worker, 15-field records', 1, requestRecord),
    sending('one worker, 15-field records, not looked through for secrets', 1, requestRecord, {
      redact: { defaults: false },
    }),
    sending('one worker, audit records of 8 texts', 1, auditRecord),
    sending('two workers, 15-field records', 2, requestRecord),
    sending('same thread (poolSize 0), 15-field records', 0, requestRecord),
  ],
  note: 'Frames of 500 records. CPU is that of the whole process: making rows on one thread, encoding and pushing on the other.',
}
