import { definePump, jsonLine, RejectedError, RetryableError } from '@pumphouse/pumps'

/** Posts every batch as a JSON array to an HTTP API that knows a record it has by its id. */
export const pump = definePump({
  type: 'records-api',
  summary: 'Posts records to an HTTP API, which takes each once by its id.',
  idempotent: true,
  options: {
    url: { doc: 'Where batches are posted to.', format: 'url', default: null, required: true },
    token: { doc: 'Sent as bearer token.', format: 'string', default: null, sensitive: true },
  },
  create({ url, token }) {
    const closing = new AbortController()
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }

    async function ask(method, signal, body) {
      const headers = { 'content-type': 'application/json', ...authorization }
      const either = AbortSignal.any([signal, closing.signal])
      const response = await fetch(url, { method, headers, body, signal: either })
      const text = await response.text()
      if (response.ok) return text
      const message = `${response.status} ${text.slice(0, 200)}`
      // 4xx: it will never take this, unless it was asked too often. All else is worth another try.
      if (response.status >= 500 || response.status === 429) throw new RetryableError(message)
      throw new RejectedError(`http_${response.status}`, message)
    }

    return {
      async write(batch, signal) {
        const answer = await ask('POST', signal, `[${batch.map(jsonLine)}]`)
        // The API names the records it refused; all others are stored.
        const { refused } = JSON.parse(answer)
        return { rejected: refused.map(({ index, message }) => ({ index, reason: 'refused', message })) }
      },
      check: signal => ask('GET', signal),
      async close() {
        closing.abort(new Error('the pump is closed'))
      },
    }
  },
})
