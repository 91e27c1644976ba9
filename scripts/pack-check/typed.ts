// A typed program of someone who installed the packages: it is compiled, with the declarations of every dependency checked, and not run.
import { definePump, type Pump } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import { createReporter } from '@pumphouse/reporter'
import { pumphouse } from '@pumphouse/reporter/fastify'
import { pumphouse as forHono } from '@pumphouse/reporter/hono'
import fastify from 'fastify'
import { Hono } from 'hono'

export const app = fastify()
app.register(pumphouse, { service: 'orders', redis: 'redis://127.0.0.1:6379', analytics: { name: 'analytics' } })

new Hono().use(forHono({ service: 'orders', enrich: c => ({ username: c.req.header('x-user') }) }))

const reporter = createReporter({ service: 'orders', redis: 'redis://127.0.0.1:6379' })
export const accepted: boolean = reporter.record({ path: '/orders', statusCode: 200, username: 'ann', anythingElse: 1 })

export const counting = definePump({
  type: 'counting',
  summary: 'Counts.',
  idempotent: false,
  options: { by: { doc: 'Step.', format: 'integer', default: 1 } },
  create(options, { log }): Pump {
    let count = 0
    return {
      async write(batch: readonly AnalyticsRecord[]) {
        count += batch.length * options.by
      },
      async close() {
        log.info({ count }, 'counted')
      },
    }
  },
})
