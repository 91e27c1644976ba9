/**
 * Every error Pumphouse raises has a code from the one table below. Code that reacts to an error looks at its code,
 * never at its message. The reference page of errors is generated from this table.
 */

/** code → what it means and what to do about it, in one or two sentences each. */
export const ERRORS = {
  PH_BACKLOG_FULL: {
    summary:
      'The set has reached the backlog cap of the reporter (`analytics.maxBacklogRecords`, `maxBacklogBytes`) and takes no more; records wait on disk or in memory.',
    remedy: 'Look at the daemons first: they are away or too slow. What waits follows by itself when there is room.',
  },
  PH_CONFIG_INVALID: {
    summary: 'The configuration cannot be used; the message lists every problem with its path.',
    remedy: 'Correct what is listed. `pumphouse validate -c pump.yaml` checks the file without running anything.',
  },
  PH_FRAME_MALFORMED: {
    summary: 'The bytes are not a frame, or a frame that was cut or damaged, or there are none.',
    remedy:
      'The entry is quarantined with what bytes it has; find out what else writes to the keys of the set, or deletes them.',
  },
  PH_FRAME_VERSION: {
    summary: 'The frame has a version this release does not know.',
    remedy: 'Upgrade the daemon before the reporters; quarantined frames can be replayed after that.',
  },
  PH_FRAME_TOO_LARGE: {
    summary: 'The frame declares or unfolds to more than a decoder accepts.',
    remedy: 'No reporter writes such frames; find out what else writes to this Redis key.',
  },
  PH_HEALTH_LISTEN: {
    summary: 'The daemon cannot listen where its health checks should be served.',
    remedy: 'Another process (often another daemon) has the port: set health.port, or health.enabled: false.',
  },
  PH_PUMP_REJECTED: {
    summary: 'A pump says that its target will never accept these records.',
    remedy: 'They are dead-lettered with the reason. Look at the dead letter and at the rules of the target.',
  },
  PH_PUMP_RETRYABLE: {
    summary: 'A pump could not write now: its target is away, full, busy, or not set up.',
    remedy: 'The records wait in Redis and are written again. The message says what the target answered.',
  },
  PH_PUSH_ORDER: {
    summary: 'Frames of a lane were pushed out of order, or two pushes of a lane overlapped.',
    remedy: 'A fault in the caller: push one call at a time, with increasing sequences.',
  },
  PH_REDIS_AWAY: {
    summary: 'Redis cannot be reached, or the connection was lost before the reply.',
    remedy: 'Reporter and daemon keep trying by themselves. Look at the address, the network and the Redis server.',
  },
  PH_REDIS_REPLY: {
    summary: 'Redis answered a command with an error; the message begins with its code (OOM, READONLY, NOPERM, …).',
    remedy: 'The code says what to correct in Redis: memory, role, rights of the user, or a key of another type.',
  },
  PH_REPORTER_BUFFER_FULL: {
    summary: 'The buffer of the reporter is full, because Redis is away or slow; records are dropped and counted.',
    remedy: 'Look at Redis first. A larger `buffer` bridges a longer outage at the price of memory.',
  },
  PH_REPORTER_HOOK: {
    summary: 'A function the application gave to the reporter threw, or returned a promise.',
    remedy: 'Records are made without what it would have added. Correct the function; it must be synchronous.',
  },
  PH_REPORTER_SIGNALS: {
    summary:
      'A reporter in a worker thread has `signals: true`, which does nothing there: signals reach the main thread only.',
    remedy:
      'Listen for SIGTERM in the main thread, let the worker await `reporter.close()`, and then end the process. `spool.mode: always` keeps what is older than one `flushInterval`, however the process ends.',
  },
  PH_REPORTER_SPOOL: {
    summary:
      'The spool of the reporter is full or cannot be written to: records wait in memory, and what it cannot hold is counted as `spool_full`. Or a folder in it cannot be adopted by this process, and is left as it is; the message says which.',
    remedy:
      'Look at the disk, the rights of `spool.dir` and of the folder that is named, and the bounds. Writing is tried again by itself, a folder by the next process.',
  },
  PH_REPORTER_TWICE: {
    summary: 'Two adapters of the reporter see the same request; one record is made of it, by the first.',
    remedy:
      'Install it once. Beside `instrument(server)`, give the adapter of the framework the reporter that it returned.',
  },
  PH_REPORTER_UNENCODABLE: {
    summary: 'No frame could be made of a batch; its records are dropped and counted.',
    remedy: 'A fault in the reporter: please report it with the message.',
  },
  PH_REPORTER_UNSENT: {
    summary:
      'The process ended with records that neither Redis nor the spool took; the message says how many, and why.',
    remedy:
      'Await `reporter.close()` before the process ends, and look at Redis; and at the disk and the bounds of the spool if there is one.',
  },
  PH_REPORTER_WORKER: {
    summary: 'A worker thread of the reporter died; a successor sends again what it had not finished.',
    remedy:
      'Nothing is lost. When it says that the work is done on the thread of the application, find out why threads die; a bundled application sets `workerFile`.',
  },
  PH_WRITE_RESULT: {
    summary: 'A pump answered a write with something that is no WriteResult, so nobody knows what became of the batch.',
    remedy: 'The batch is written again. A fault in the pump: the contract suite of @pumphouse/testkit finds it.',
  },
  PH_WRITE_TIMEOUT: {
    summary: "A pump did not finish a write or its start within the pump's `timeout`.",
    remedy:
      'The attempt is repeated. Look at the target; raise `timeout` or lower `batch` when it is healthy but slow.',
  },
} as const satisfies Record<string, { summary: string; remedy: string }>

export type ErrorCode = keyof typeof ERRORS

/** The base of every error Pumphouse raises. `code` is stable between releases; the message is for people. */
export class PumphouseError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PumphouseError'
    this.code = code
  }
}
