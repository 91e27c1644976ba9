/**
 * Sends records to an address over HTTP: a webhook, or whatever takes JSON. As an array, as lines, or one by one.
 *
 * A 2xx is taken at its word: delivered. What every other answer means stands in http-answer.ts. A request that is repeated carries the same
 * idempotency key, made of the ids of its records; a receiver that minds it takes each once. After a crash of the daemon the same records
 * can come in other batches, and then under other keys; `format: single` has one key for each record, whatever happens.
 */
import { definePump } from './define-pump.ts'
import { RetryableError } from './errors.ts'
import { createHttpClient } from './http/http-client.ts'
import { httpOptions, httpProblems } from './http/http-options.ts'
import { sendBatch } from './http/http-send.ts'

export const http = definePump({
  type: 'http',
  summary: 'Sends records to a webhook: as a JSON array, as NDJSON, or one by one; signed if wished.',
  idempotent: false,
  provenOn: ['servers of Node 20 and 24'],
  options: httpOptions,
  validate: httpProblems,
  create(options) {
    const client = createHttpClient(options)
    return {
      start: () => client.open(),
      write: (batch, signal) => sendBatch(client, batch, options, signal),
      async check(signal) {
        const { status } = await client.request({ method: 'HEAD', signal })
        // Others may well not know HEAD at this address; these would not take a record either.
        if (NOT_FOR_US.has(status)) throw new RetryableError(`http: answers ${status} to HEAD`)
      },
      close: () => client.close(),
    }
  },
})

const NOT_FOR_US: ReadonlySet<number> = new Set([401, 403, 407, 502, 503, 504])
