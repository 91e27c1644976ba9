/**
 * Writes records as lines to a stream that somebody else owns.
 *
 * What was given to a stream cannot be taken back. So a write whose time ran out goes on: when the same batch is asked for again
 * it is waited for instead of being written a second time, and another batch waits until it is through. At most one batch
 * is in the stream at any time, however slow its reader.
 */
import type { Writable } from 'node:stream'
import type { AnalyticsRecord } from '@pumphouse/record'
import { RetryableError } from '../errors.ts'
import type { Pump, WriteResult } from '../pump.ts'
import { unlessAborted } from '../unless-aborted.ts'
import type { LineChunks } from './line-buffer.ts'

interface Passage {
  readonly batch: readonly AnalyticsRecord[]
  readonly done: Promise<WriteResult>
  /** Resolves when done has settled either way. */
  readonly over: Promise<void>
}

/**
 * A pump over a stream. `name` is what error messages call it. close() leaves the stream open. The stream must be done with the bytes of a chunk
 * when it calls back, as one over a file descriptor is: they are the lines' own memory, used again for the next batch. `write` brings a chunk to
 * its end, or throws; default: through the stream.
 */
export function createStreamPump(
  stream: Writable,
  name: string,
  toLines: (batch: readonly AnalyticsRecord[]) => LineChunks,
  write = (chunk: Buffer): Promise<void> => writeChunk(stream, chunk),
): Pump {
  let passage: Passage | undefined
  let closed = false
  /** Why the last write failed; process.stdout looks writable for ever, whatever became of its reader. */
  let failure: Error | undefined

  const pass = async (batch: readonly AnalyticsRecord[]): Promise<WriteResult> => {
    const { chunks, rejected } = toLines(batch)
    try {
      for (const chunk of chunks) await write(chunk)
      failure = undefined
      return { rejected }
    } catch (error) {
      failure = gone(name, error)
      throw failure
    }
  }

  const begin = (batch: readonly AnalyticsRecord[]): Passage => {
    const done = pass(batch)
    const begun: Passage = {
      batch,
      done,
      over: done.then(
        () => undefined,
        () => undefined,
      ),
    }
    void begun.over.then(() => {
      if (passage === begun) passage = undefined
    })
    passage = begun
    return begun
  }

  return {
    async start() {
      if (closed) throw new RetryableError(`the pump to ${name} is closed`)
      absorbErrors(stream)
    },
    async write(batch, signal) {
      signal.throwIfAborted()
      while (passage !== undefined && passage.batch !== batch) await unlessAborted(passage.over, signal)
      return unlessAborted((passage ?? begin(batch)).done, signal)
    },
    async check() {
      if (failure !== undefined) throw failure
      if (closed || !stream.writable) throw gone(name, new Error('it is closed'))
    },
    async close() {
      closed = true
    },
  }
}

function writeChunk(stream: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, error => (error ? reject(error) : resolve()))
  })
}

function gone(name: string, cause: unknown): RetryableError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new RetryableError(`cannot write to ${name}: ${why}`, { cause })
}

/** Every write hears of its own error; without a listener the stream's event would end the process. One listener a stream, for good: errors come late. */
function absorbErrors(stream: Writable): void {
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
}

function ignore(): void {}
