import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { listen } from '../test/capture-server.ts'
import { instrument, pumphouse } from './adapters/http.ts'
import { loadReporterOptions } from './options.ts'
import { createReporter } from './reporter.ts'

it('a disabled reporter takes nothing, counts nothing and holds nothing', async () => {
  const before = process.getActiveResourcesInfo()
  const reporter = createReporter({ service: 's', redis: 'redis://127.0.0.1:1', disabled: true })
  expect(reporter.disabled).toBe(true)
  expect(reporter.record({ path: '/' })).toBe(false)
  expect(process.getActiveResourcesInfo()).toEqual(before)
  expect(reporter.stats()).toMatchObject({ created: 0, accepted: 0, queued: 0, workers: 0, redis: 'down' })
  expect(await reporter.flush()).toBe(true)
  expect(await reporter.close()).toEqual(reporter.stats())
})

it('leaves a server, its requests and its responses as they are', async () => {
  const server = createServer()
  const count = (): number[] => server.eventNames().map(name => server.listenerCount(name))
  const before = [Object.keys(server), count()]
  instrument(server, { service: 's', disabled: true })
  expect([Object.keys(server), count()]).toEqual(before)

  const analytics = pumphouse({ service: 's', disabled: true })
  const looks: unknown[] = []
  server.on('request', (request, response) => {
    const look = () =>
      [request, response].map(it => [Reflect.ownKeys(it), it.eventNames(), request.socket.eventNames()])
    looks.push(look())
    analytics(request, response)
    looks.push(look())
    response.end()
  })
  await (await fetch(await listen(server))).text()
  expect(looks[1]).toEqual(looks[0])
})

it('is what the environment makes of one, and its options are still checked', () => {
  expect(loadReporterOptions({ service: 's' }, { PUMPHOUSE_REPORTER_DISABLED: 'true' }).disabled).toBe(true)
  expect(() => createReporter({ disabled: true })).toThrow('service')
})
