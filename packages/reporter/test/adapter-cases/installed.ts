/** What an adapter does with what it is told. */

import { once } from 'node:events'
import { until } from '@pumphouse/testkit'
import { expect } from 'vitest'
import { exchange, head, sendRaw } from '../raw-client.ts'
import type { AdapterCase } from './adapter-case.ts'

const throughProxy = head('GET', '/orders/7', { 'x-forwarded-for': '203.0.113.7' })

export const installedCases: readonly AdapterCase[] = [
  {
    name: 'a proxy that the framework trusts',
    async run({ serve, reporter }) {
      await exchange(await serve({ trustProxy: true }), throughProxy)
      expect(await reporter.collected(1)).toMatchObject([{ clientIp: '203.0.113.7' }])
    },
  },
  {
    name: 'a proxy that nobody trusts',
    async run({ serve, reporter }) {
      await exchange(await serve(), throughProxy)
      expect(await reporter.collected(1)).toMatchObject([{ clientIp: '127.0.0.1' }])
    },
  },
  {
    name: 'a request that is skipped',
    async run({ serve, reporter }) {
      const port = await serve({ skippedPath: '/orders/1' })
      const client = await sendRaw(port, head('GET', '/orders/1', { connection: 'keep-alive' }))
      let answer = ''
      client.setEncoding('latin1').on('data', chunk => {
        answer += chunk
      })
      await until('the first answer', () => answer.includes('{"id":"1"}'))
      const firstLength = answer.length
      client.write(head('GET', '/orders/2'))
      await once(client, 'close')
      expect(await reporter.collected(1)).toMatchObject([
        // What the skipped one sent is not charged to it.
        { path: '/orders/2', outcome: 'ok', responseBytes: answer.length - firstLength },
      ])
      expect(reporter.records).toHaveLength(1)
    },
  },
  {
    name: 'fields of the application',
    async run({ serve, reporter }) {
      await exchange(await serve({ fields: { username: 'ann', tags: ['a'] } }), head('GET', '/orders/1'))
      expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1', username: 'ann', tags: ['a'] }])
    },
  },
  {
    name: 'a hook of the application that throws',
    async run({ serve, reporter }) {
      const throwing = {
        get username(): string {
          throw new Error('no such user')
        },
      }
      expect(await exchange(await serve({ fields: throwing }), head('GET', '/orders/1'))).toContain('{"id":"1"}')
      expect(await reporter.collected(1)).toMatchObject([{ path: '/orders/1', statusCode: 200, username: undefined }])
      expect(reporter.hookErrors).toEqual(['enrich'])
    },
  },
  {
    name: 'an adapter that is installed twice',
    async run({ serve, reporter }) {
      const port = await serve({ times: 2 })
      await exchange(port, head('GET', '/orders/1'))
      await exchange(port, head('GET', '/orders/2'))
      expect(await reporter.collected(2)).toMatchObject([{ path: '/orders/1' }, { path: '/orders/2' }])
      expect(reporter.warnings).toEqual(['PH_REPORTER_TWICE'])
    },
  },
  {
    name: 'an adapter on an instrumented server',
    async run({ serve, reporter }) {
      const port = await serve({ instrumented: true, fields: { username: 'ann' } })
      await exchange(port, head('GET', '/orders/1'))
      await exchange(port, head('GET', '/orders/2'))
      expect(await reporter.collected(2)).toMatchObject([
        { path: '/orders/1', username: 'ann' },
        { path: '/orders/2', username: 'ann' },
      ])
      expect(reporter.warnings).toEqual([])
    },
  },
  {
    name: 'the route of an adapter on an instrumented server',
    async run({ serve, reporter }) {
      await exchange(await serve({ instrumented: true }), head('GET', '/orders/1'))
      expect(await reporter.collected(1)).toMatchObject([{ route: '/orders/:id' }])
    },
  },
  {
    name: 'a reporter that is disabled',
    async run({ serve, reporter }) {
      const port = await serve({ reporter: { ...reporter, disabled: true } })
      expect(await exchange(port, head('GET', '/orders/1'))).toContain('{"id":"1"}')
      expect(reporter.records).toEqual([])
    },
  },
]
