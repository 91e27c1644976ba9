/**
 * The API of redis-away.ts, a process of its own. Arguments: what to do about requests, the URL of Redis, a folder for the spool. Says its port;
 * on `end` it closes, with the spool drained, and says what became of its records.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { pumphouse } from '@pumphouse/reporter/fastify'
import fastify from 'fastify'

/** none: an API without reporter, for comparison. */
export type AwayMode = 'none' | 'worker' | 'same-thread'

/** What the server says to the bench. */
export type AwayServerMessage =
  | { readonly port: number }
  | {
      /** Requests that were answered. */
      readonly created: number
      readonly dropped: number
      /** Records that were on disk at the same time, looked at every second. */
      readonly mostSpooled: number
      readonly cpuUs: number
      readonly maxRssKiB: number
    }

/** About 1 KB of JSON, as small replies of an API are. */
const REPLY = {
  orders: Array.from({ length: 10 }, (_, id) => ({ id, item: 'tea', note: 'x'.repeat(60), quantity: 2 })),
}
const DRAIN_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 1_000

async function main([mode = 'none', redis = '', dir = '']: readonly string[]): Promise<void> {
  const app = fastify({ forceCloseConnections: true })
  if (mode !== 'none') {
    const poolSize = mode === 'same-thread' ? 0 : 1
    const onWarning = (): void => undefined
    await app.register(pumphouse, {
      service: 'bench',
      redis,
      analytics: { name: 'bench' },
      poolSize,
      spool: { dir },
      onWarning,
    })
  }
  let answered = 0
  app.get('/orders/:id', async () => {
    answered++
    return REPLY
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  say({ port: typeof address === 'object' && address !== null ? address.port : 0 })

  const reporter = mode === 'none' ? undefined : app.pumphouse
  let mostSpooled = 0
  const looking = setInterval(() => {
    mostSpooled = Math.max(mostSpooled, reporter?.stats().spooled ?? 0)
  }, LOOK_EVERY_MS)
  await once(process, 'message')
  clearInterval(looking)
  const until = performance.now() + DRAIN_WITHIN_MS
  while (reporter && reporter.stats().sent < reporter.stats().created && performance.now() < until) {
    await reporter.flush({ timeout: '1s' })
    await sleep(10)
  }
  const { user, system } = process.cpuUsage()
  const maxRssKiB = process.resourceUsage().maxRSS
  await app.close()
  const stats = reporter?.stats()
  const dropped = Object.values(stats?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  say({ created: answered, dropped, mostSpooled, cpuUs: user + system, maxRssKiB })
  process.disconnect()
}

function say(message: AwayServerMessage): void {
  process.send?.(message)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
