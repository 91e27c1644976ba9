/** What the pool tells a reporter, as counters, warnings and events. */
import type { ErrorCode, RedactCounts } from '@pumphouse/record'
import type { Batch } from '../batch.ts'
import type { Buffer } from '../buffer.ts'
import type { ReporterChannels } from '../channels.ts'
import type { DropReason, Tally } from '../tally.ts'
import type { Warnings } from '../warnings.ts'
import type { FailingCode } from './lane-messages.ts'
import type { LaneListener, Outcome, SpoolEvent } from './supervised-lane.ts'

/** The parts of a reporter that this changes. */
export interface ListeningReporter {
  readonly tally: Tally
  readonly buffer: Buffer
  readonly warnings: Warnings
  readonly channels: ReporterChannels
  /** Whether frames may wait on disk. */
  readonly spooling: boolean
  /** Whether every lane is connected and none is failing. */
  isUp(): boolean
  drop(reason: DropReason, records: number): void
  warn(code: ErrorCode, message: string, matter?: string): void
  /** For those who wait for it. */
  settled(batch: Batch): void
}

export function createPoolListener(reporter: ListeningReporter): Omit<LaneListener, 'onChange'> {
  const { tally, buffer, warnings, channels, spooling, isUp, drop, warn, settled } = reporter

  function onSettled(batch: Batch, outcome: Outcome, reason?: string): void {
    // Whoever could not be handed it may have got it all the same.
    buffer.settle(batch, outcome !== 'unencodable')
    if (outcome === 'sent') {
      tally.sent += batch.count
      channels.sent(batch.count)
      warnings.end('PH_REPORTER_WORKER')
    } else if (outcome === 'spooled') {
      tally.spooled += batch.count
      tally.everSpooled += batch.count
      channels.spooled(batch.count)
    } else if (outcome === 'unspooled') {
      drop('spool_full', batch.count)
      tally.unspooled = { records: tally.unspooled.records + batch.count, reason: `the spool took no more, ${reason}` }
    } else {
      drop('unencodable', batch.count)
      warn('PH_REPORTER_UNENCODABLE', `a batch was dropped, no frame can be made of it: ${reason}`)
    }
    endEpisodes()
    settled(batch)
  }

  function onSpool(event: SpoolEvent): void {
    if (event.type === 'refusing') {
      if (event.message === undefined) warnings.end('PH_REPORTER_SPOOL')
      else warn('PH_REPORTER_SPOOL', `the spool takes nothing, records wait in memory: ${event.message}`)
    } else if (event.type === 'unadoptable') {
      const { message } = event
      warn('PH_REPORTER_SPOOL', `a folder of the spool is left as it is, it cannot be adopted: ${message}`, message)
    } else if (event.type === 'adopted') {
      tally.inherited.adopted += event.records
      tally.inherited.expired += event.expired
      tally.inherited.corrupt += event.corrupt
      if (event.corrupt > 0) tally.lastError = 'a part of the spool could not be read'
    } else {
      tally.spooled -= event.records
      if (event.type === 'lost') drop(event.reason, event.records)
      else {
        tally.sent += event.records
        channels.sent(event.records)
      }
    }
    endEpisodes()
  }

  function onRedacted(counts: RedactCounts): void {
    for (const how of ['masked', 'removed', 'hashed', 'failed'] as const) tally.redacted[how] += counts[how]
  }

  function endEpisodes(): void {
    if (isUp()) warnings.end('PH_REDIS_AWAY')
    if (isUp()) warnings.end('PH_REDIS_REPLY')
    if (isUp()) warnings.end('PH_BACKLOG_FULL')
    if (buffer.isRelaxed()) warnings.end('PH_REPORTER_BUFFER_FULL')
  }

  function onCapped(): void {
    tally.backlogFull++
  }

  function onFailing(code: FailingCode, reason: string): void {
    const where = spooling ? 'on disk' : 'in memory'
    warn(code, `records wait ${where}, Redis does not take them: ${reason}`)
  }

  function onWorkerDeath(reason: string, next: 'thread' | 'same_thread'): void {
    if (next === 'same_thread') warnings.end('PH_REPORTER_WORKER')
    const goesOn = next === 'thread' ? 'another one follows' : 'the thread of the application does its work now'
    warn('PH_REPORTER_WORKER', `a worker thread died (${reason}); ${goesOn}`)
  }

  return { onSettled, onSpool, onRedacted, onCapped, onFailing, onWorkerDeath }
}
