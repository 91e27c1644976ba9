/** Requests over TLS. */

import { once } from 'node:events'
import { connect } from 'node:http2'
import { expect } from 'vitest'
import { head } from '../raw-client.ts'
import { sendEncrypted, tlsClientOptions } from '../tls.ts'
import type { AdapterCase } from './adapter-case.ts'

export const encryptedCases: readonly AdapterCase[] = [
  {
    name: 'HTTPS',
    async run({ serve, reporter }) {
      const sent = head('GET', '/orders/7')
      const client = await sendEncrypted(await serve({ tls: true }), sent)
      let answer = ''
      client.on('data', chunk => {
        answer += chunk
      })
      await once(client, 'close')
      expect(await reporter.collected(1)).toMatchObject([
        {
          path: '/orders/7',
          statusCode: 200,
          outcome: 'ok',
          clientIp: '127.0.0.1',
          requestBytes: sent.length,
          responseBytes: answer.length,
        },
      ])
    },
  },
  {
    name: 'HTTPS, a client that leaves before the reply',
    async run({ serve, reporter, arrival }) {
      const client = await sendEncrypted(await serve({ tls: true }), head('GET', '/never'))
      await arrival
      client.destroy()
      expect(await reporter.collected(1)).toMatchObject([{ outcome: 'aborted', statusCode: undefined }])
    },
  },
  {
    name: 'HTTP/2 over TLS',
    async run({ serve, reporter }) {
      const session = connect(`https://127.0.0.1:${await serve({ tls: true, http2: true })}`, tlsClientOptions)
      for (const id of [1, 2]) session.request({ ':path': `/orders/${id}` }).resume()
      const records = await reporter.collected(2)
      expect(records).toMatchObject([1, 2].map(() => ({ statusCode: 200, outcome: 'ok', clientIp: '127.0.0.1' })))
      expect(new Set(records.map(({ path }) => path))).toEqual(new Set(['/orders/1', '/orders/2']))
      session.destroy()
    },
  },
]
