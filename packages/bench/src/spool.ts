/**
 * What does the spool cost an application, and how fast is what it left brought into the set? All by the public way: a reporter records,
 * its worker encodes, writes, pushes; the CPU is that of the whole process, its worker included.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReporter, type Reporter, type ReporterOptions } from '@pumphouse/reporter'
import { freePort, startRedis } from '@pumphouse/testkit'
import { type Measurement, measure } from './measure.ts'
import { pushedTo } from './pushed-records.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const SET = { name: 'bench', partitions: 1 }
const RECORDS = 1_000_000
/** Enough for the code to be compiled before it is measured. */
const WARM_UP_RECORDS = 100_000
/** Recorded at once, before the worker is waited for: within the buffer, so that nothing is dropped, and more than a lane takes at a time. */
const FLOOD = 20_000
/** The same, but no more than a lane takes at a time, 16 frames: with mode always nothing has to be read back. */
const RIPPLE = 3_000

function start(url: string, spool: ReporterOptions['spool']): Reporter {
  return createReporter({ service: 'bench', redis: url, analytics: SET, spool, onWarning: () => undefined })
}

async function recordAll(reporter: Reporter, count: number, burst = FLOOD): Promise<void> {
  for (let i = 0; i < count; i += burst) {
    for (let n = i; n < Math.min(i + burst, count); n++) reporter.record(requestRecord(n))
    if (!(await reporter.flush({ timeout: '60s' }))) throw new Error('the flush took more than a minute')
  }
}

async function withFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-spool-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Records pushed to a Redis that is fine. */
function fine(name: string, mode: 'off' | 'auto' | 'always', burst = FLOOD): Case {
  const run = () =>
    withFolder(async dir => {
      const server = await startRedis()
      const reporter = start(server.url, { mode, dir })
      await recordAll(reporter, WARM_UP_RECORDS, burst)
      const before = reporter.stats().sent
      const measured = await measure(RECORDS, async () => {
        await recordAll(reporter, RECORDS, burst)
        return reporter.stats().sent - before
      })
      await reporter.close()
      await server.stop()
      return measured
    })
  return { name, run }
}

/** Records written to disk because there is no Redis. */
async function away(): Promise<Measurement> {
  return withFolder(async dir => {
    const reporter = start(`redis://127.0.0.1:${await freePort()}`, { dir })
    await recordAll(reporter, WARM_UP_RECORDS)
    const before = reporter.stats().spooled
    const measured = await measure(RECORDS, async () => {
      await recordAll(reporter, RECORDS)
      return reporter.stats().spooled - before
    })
    await reporter.close()
    return measured
  })
}

/** A spool that a process left, adopted by the next. Its start is in the time. */
async function adopt(): Promise<Measurement> {
  return withFolder(async dir => {
    const left = start(`redis://127.0.0.1:${await freePort()}`, { dir })
    await recordAll(left, RECORDS)
    await left.close()
    const server = await startRedis()
    const measured = await measure(RECORDS, async () => {
      const reporter = start(server.url, { dir })
      while (reporter.stats().spool.adopted < RECORDS) await new Promise(resolve => setTimeout(resolve, 5))
      await reporter.close()
      return pushedTo(server.url, SET)
    })
    await server.stop()
    return measured
  })
}

/** The reporter without a spool, with one that waits, with one that writes everything; Redis away; adopting. */
export const spool: Question = {
  question: 'What does the spool cost, and how fast is it adopted?',
  cases: [
    fine('Redis fine, no spool', 'off'),
    fine('Redis fine, mode auto', 'auto'),
    fine('Redis fine, mode always', 'always'),
    fine('Redis fine, bursts of 3,000, no spool', 'off', RIPPLE),
    fine('Redis fine, bursts of 3,000, mode always', 'always', RIPPLE),
    { name: 'Redis away, mode auto: to disk', run: away },
    { name: 'adopting 1,000,000 records', run: adopt },
  ],
  note: 'Records of 15 fields, frames of 200, one worker. The CPU is that of record(), encoding, compressing, writing and pushing together; what writing costs is the difference between the modes. Bursts of 20,000 where nothing else is said: more than a lane takes at a time, so mode always writes and reads back most of it; of bursts of 3,000 it only writes.',
}
