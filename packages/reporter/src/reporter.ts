/**
 * The reporter: record() on the application's thread, everything else behind it.
 *
 * record() → the open batch of the buffer → (full, or flushInterval old) → waiting → a lane of the pool → Redis → settled
 *
 * Nothing in here may throw into the application, reject unasked, or keep its process alive. Timers are unref'd; only flush() and
 * close(), which somebody awaits, hold the process, and never beyond their timeout.
 */

import { setImmediate } from 'node:timers/promises'
import type { AnalyticsRecord, ErrorCode, ProducerCounters } from '@pumphouse/record'
import type { Batch } from './batch.ts'
import { createBuffer } from './buffer.ts'
import { createCarriedRoutes } from './carried-routes.ts'
import { createChannels } from './channels.ts'
import { createDisabledReporter } from './disabled-reporter.ts'
import { errorPlace } from './error-place.ts'
import { createFlushing, type FlushOptions, type TimeoutOption, timeoutMsOf } from './flushing.ts'
import { instanceName } from './instance-name.ts'
import type { StartRunner } from './lane/lane-runner.ts'
import { createPool } from './lane/pool.ts'
import { createPoolListener } from './lane/pool-listener.ts'
import { startNoting } from './noting.ts'
import { loadReporterOptions, type ReporterOptions, type ReporterSettings } from './options.ts'
import { type HookProcess, hookProcess } from './process-hooks.ts'
import { createReload, type ReporterChanges } from './reporter-changes.ts'
import { connectionsClosed } from './requests/connections-closed.ts'
import { MAX_AT_ONCE } from './requests/open-requests.ts'
import { createRequestWatch, type RequestWatch } from './requests/request-watch.ts'
import { createSampler, routeOf } from './sampler.ts'
import { createTally, type DropReason, producerCounters, type ReporterStats, statsOf } from './tally.ts'
import { createWarnings } from './warnings.ts'

/** A record as an application makes it: any keys, those of AnalyticsRecord with their meaning; undefined is the same as absent. */
export type RecordInput = { readonly [K in keyof AnalyticsRecord]?: AnalyticsRecord[K] | undefined }

/** Takes records and brings them into the analytics set. */
export interface Reporter {
  /**
   * Takes the record as it is now. True: accepted, it will be in the set or be counted as dropped. False: dropped and counted, or left out by
   * `sample`. Synchronous; never throws, never waits, whatever the record is.
   */
  record(record: RecordInput): boolean
  /** What was counted so far. */
  stats(): ReporterStats
  /**
   * Waits until everything accepted before the call is settled (in the set, on disk if there is a spool, or dropped); true when it is,
   * false when the timeout came first. With `open: true` also what the requests under way will say, when they have ended.
   * Rejects only with PH_CONFIG_INVALID for a timeout that cannot be read.
   */
  flush(options?: FlushOptions): Promise<boolean>
  /**
   * Takes what ends at the same moment, ends the records of requests under way (outcome `shutdown`), stops accepting, flushes, counts what is left at the timeout as `dropped.closed`,
   * ends the workers and resolves with the final stats. Safe twice: the second call resolves with the first. Rejects only like flush().
   */
  close(options?: TimeoutOption): Promise<ReporterStats>
  /**
   * Changes what may change while it runs; what is not said stays. `sample` and `redact` take the place of what the code said before, environment and file
   * count beneath them as at the start. Redaction counts for everything that is not encoded yet. Throws OptionsError, and then nothing has changed.
   */
  update(changes: ReporterChanges): void
  /** For adapters: what update() said last of requests to skip. */
  readonly skip: ReporterChanges['skip']
  /** For adapters: counts that a function of the application failed, and says so once; and once more when it is switched off. */
  hookFailed(hook: string, error: unknown, off?: boolean): void
  /** For adapters: says once per episode what goes wrong. */
  warn(code: ErrorCode, message: string): void
  /** For adapters: what is wanted of requests, and those that are under way. */
  readonly requests: RequestWatch
  /** Made with `disabled: true`: it takes nothing, and an adapter need not look at any request. */
  readonly disabled: boolean
}

/** Beyond the timeout of close(), for threads to end by themselves: far more than they need. */
const END_GRACE_MS = 1_000
/** How long the process is held when it would end with records in memory. */
const EXIT_FLUSH_MS = 2_000

/**
 * Starts a reporter: its lanes connect at once and keep trying. Options: see ReporterOptions.
 * Throws OptionsError, listing everything that is wrong with them; that is the only error it ever throws.
 */
export function createReporter(options: ReporterOptions = {}): Reporter {
  return startReporter(loadReporterOptions(options), undefined, createReload(options))
}

/** The same with loaded options; a test may say how threads are started, and what hooks on to the process. `reload` loads the options with changes, or throws OptionsError. */
export function startReporter(
  settings: ReporterSettings,
  startThread?: StartRunner,
  reload = createReload({ service: settings.service }),
  hook: HookProcess = hookProcess,
): Reporter {
  if (settings.disabled) return createDisabledReporter()
  const { service, redis, set, compress, poolSize, workerFile, sample, spool, redact, flushIntervalMs } = settings
  const tally = createTally()
  const warnings = createWarnings(settings.onWarning)
  const channels = createChannels(service)
  const buffer = createBuffer({
    ...settings.buffer,
    batchSize: settings.batchSize,
    sameThread: poolSize === 0,
    rows: settings.cardinality,
  })
  const flushing = createFlushing<Batch>()
  const requests = createRequestWatch(settings.requests, error => hookFailed('observe', error))
  let weightOf = createSampler(sample)
  let sampledOutByRoute = createCarriedRoutes(tally.sampledOutByRoute, redact)
  const pool = createPool(
    { service, instance: instanceName(), redis, set, compress, spool, redact, poolSize, workerFile, flushIntervalMs },
    { count: buffer.waiting, isRelaxed: buffer.isRelaxed, next: buffer.next },
    createPoolListener({
      tally,
      buffer,
      warnings,
      channels,
      spooling: spool !== undefined,
      isUp: () => pool.up,
      drop,
      warn,
      settled: batch => flushing.settled(batch),
    }),
    startThread,
  )
  const batchTimer = setTimeout(closeBatchInTime, flushIntervalMs).unref()
  let closing: Promise<ReporterStats> | undefined
  let closed = false
  let gaveUp = false
  const unhook = hook({
    idle: flushBeforeExit,
    exit: spool && leaveToSpool,
    signals: settings.signals ? { flush: () => flush(), close: () => close(), warn } : undefined,
  })
  const stopNoting = startNoting(settings, tally, () => pool.note(counters))

  function record(entry: RecordInput): boolean {
    tally.created++
    const { accepted } = tally
    try {
      return take(entry)
    } catch {
      // Nothing here throws, unless somebody changed what the built-in objects do.
      return tally.accepted > accepted || refuse('unencodable')
    }
  }

  function take(entry: RecordInput): boolean {
    if (closed) return refuse('closed')
    const weight = weightOf === undefined ? 1 : weightOf(entry)
    if (weight === 0) return leaveOut(entry)
    if (buffer.isFull() && !makeRoom()) return refuse(fullReason())
    if (buffer.open() === 0) batchTimer.refresh()
    const filled = buffer.add(entry, weight === 1 ? undefined : weight)
    tally.accepted++
    if (filled) closeBatch(pool.dispatchSoon)
    return true
  }

  function leaveOut(entry: RecordInput): false {
    tally.sampledOut++
    tally.sampledOutByRoute.add(routeOf(entry))
    return false
  }

  function refuse(reason: DropReason): false {
    tally.refused++
    drop(reason, 1)
    return false
  }

  function drop(reason: DropReason, records: number): void {
    if (records === 0) return
    tally.dropped[reason] += records
    channels.dropped(reason, records)
  }

  function fullReason(): DropReason {
    return pool.spool.refusing === undefined ? 'buffer_full' : 'spool_full'
  }

  function makeRoom(): boolean {
    const { onFull } = settings.buffer
    const victim = onFull === 'drop-oldest' ? 'the oldest' : 'the newest'
    warn('PH_REPORTER_BUFFER_FULL', `the buffer is full (${buffer.records()} records): ${victim} are dropped`)
    while (onFull === 'drop-oldest' && buffer.isFull()) {
      const batch = buffer.dropOldest()
      if (batch === undefined) return false
      drop(fullReason(), batch.count)
      flushing.settled(batch)
    }
    return !buffer.isFull()
  }

  function counters(): ProducerCounters {
    return producerCounters(tally, buffer.altered, sampledOutByRoute())
  }

  function closeBatch(dispatch = pool.dispatch): void {
    buffer.closeBatch(counters)
    dispatch()
  }

  /** By a timer, which would end the process with what is thrown where somebody changed the built-in objects. */
  function closeBatchInTime(): void {
    try {
      closeBatch()
    } catch {
      if (!closed) batchTimer.refresh()
    }
  }

  function hookFailed(hook: string, error: unknown, off = false): void {
    tally.hookErrors[hook] = (tally.hookErrors[hook] ?? 0) + 1
    const what = off ? 'keeps failing and is not called for a while' : 'failed; the record is made without it'
    warn('PH_REPORTER_HOOK', `${hook} ${what}: ${errorPlace(error)}`, off ? `${hook} off` : hook)
  }

  function warn(code: ErrorCode, message: string, matter?: string): void {
    tally.lastError = message
    if (warnings.begin(code, message, matter)) channels.warning(code, message)
  }

  function stats(): ReporterStats {
    return statsOf(tally, { queued: buffer.records(), altered: buffer.altered }, pool)
  }

  async function flush(options: FlushOptions = {}): Promise<boolean> {
    const timeoutMs = timeoutMsOf(options)
    const byMs = performance.now() + timeoutMs
    closeBatch()
    const ended = !options.open || (await requests.open.ended(timeoutMs).finally(closeBatch))
    return (await flushing.wait(buffer.unsettled(), Math.max(0, byMs - performance.now()))) && ended
  }

  async function close(options?: TimeoutOption): Promise<ReporterStats> {
    const timeoutMs = timeoutMsOf(options)
    closing ??= closeWithin(timeoutMs)
    return closing
  }

  async function closeWithin(timeoutMs: number): Promise<ReporterStats> {
    await connectionsClosed()
    while (requests.open.shutDown(MAX_AT_ONCE)) await setImmediate()
    requests.open.stop()
    closed = true
    clearTimeout(batchTimer)
    await flush({ timeout: timeoutMs })
    unhook()
    stopNoting()
    const ending = pool.end(END_GRACE_MS)
    drop('closed', buffer.clear(flushing.settled))
    await ending
    return stats()
  }

  /** Only an idle process gets here; process.exit() and signals do not. One attempt: a Redis that is away must not hold it for good. */
  function flushBeforeExit(): void {
    if (gaveUp || buffer.records() === 0) return
    gaveUp = true
    void flush({ timeout: EXIT_FLUSH_MS }).then(done => {
      gaveUp = !done
      if (!done) warn('PH_REPORTER_UNSENT', `the process ends with ${buffer.records()} records in memory`)
    })
  }

  /** Synchronous, or it would not run: see exit-spool.ts. */
  function leaveToSpool(): void {
    requests.open.shutDown()
    buffer.closeBatch(counters)
    // What comes from here on, from listeners of the application, is refused: nothing could settle it.
    closed = true
    warnings.exiting()
    pool.leave(counters)
    const { records, reason } = tally.unspooled
    if (records > 0) warn('PH_REPORTER_UNSENT', `the process ends, ${records} records are lost: ${reason}`, 'exit')
  }

  function update(changes: ReporterChanges): void {
    const { sample, redact, skip: other } = reload(changes)
    weightOf = createSampler(sample)
    pool.change({ redact })
    sampledOutByRoute = createCarriedRoutes(tally.sampledOutByRoute, redact)
    reporter.skip = other
  }

  // Asked for each request: without a getter, which an engine makes slow for all of it.
  const reporter = {
    record,
    stats,
    flush,
    close,
    update,
    hookFailed,
    warn,
    requests,
    disabled: false,
    skip: undefined as ReporterChanges['skip'],
  }
  return reporter
}
