/** Responses that are thrown away unread, as an application does with one it asked of itself for its status only. */

import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from '@pumphouse/testkit'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { collectingReporter } from '../../test/collecting-reporter.ts'
import { pumphouse } from '../adapters/hono.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

it('are let go, and no longer waited for', async () => {
  const reporter = collectingReporter()
  const app = new Hono().use(pumphouse({ reporter })).get('/', c => c.text('x'))
  const bodies: WeakRef<object>[] = []
  async function forget(): Promise<void> {
    const { body } = await app.request('/')
    bodies.push(new WeakRef(body as object))
  }
  for (let i = 0; i < 100; i++) await forget()
  const kept = await app.request('/')
  const held = () => bodies.filter(body => body.deref() !== undefined).length
  await until('they are collected', async () => {
    collect()
    await setImmediate()
    return held() === 0
  })
  const ended = reporter.requests.open.ended(10_000)
  expect(await kept.text()).toBe('x')
  expect(await ended).toBe(true)
  expect(reporter.records).toHaveLength(1)
})
