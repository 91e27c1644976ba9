/** What happens between the pump and its nodes: lost replies, resets, hanging, absence, several nodes, gateways. */
import { type FaultProxy, startProxy, until } from '@pumphouse/testkit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startGateway } from '../../test/gateway.ts'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { outcomeOf, SEARCH_TEST_TIMEOUT_MS, searchServers, searchTarget } from '../../test/search-target.ts'
import { withIds } from '../../test/with-ids.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

const retryable = { code: 'PH_PUMP_RETRYABLE' }

async function proxyTo(port: number): Promise<FaultProxy & { readonly url: string }> {
  const proxy = await startProxy(port)
  onTestFinished(() => proxy.close())
  return Object.assign(Object.create(proxy) as FaultProxy, { url: `http://127.0.0.1:${proxy.port}` })
}

for (const { kind, definition, shared } of searchServers) {
  describe(kind, () => {
    const behindProxies = async (skip: (reason: string) => never, count = 1) => {
      const { url, port } = await shared.orSkip(skip)
      const target = searchTarget(url)
      const proxies = await Promise.all(Array.from({ length: count }, () => proxyTo(port)))
      const pump = openPump(definition, { ...target.meta, nodes: proxies.map(proxy => proxy.url) })
      await pump.start?.(noLimit())
      return { ...target, pump, proxies, proxy: proxies[0]! }
    }

    test('a reply lost after the write was applied: the batch is written again and is there once', async ctx => {
      const { pump, proxy, values } = await behindProxies(ctx.skip)
      const batch = withIds({ n: 1 }, { n: 2 }, { n: 3 })
      proxy.silence('toClient')
      const writing = pump.write(batch, AbortSignal.timeout(1_500))
      await expect(writing).rejects.toMatchObject({ name: 'TimeoutError' })
      await until('the write was applied', async () => (await values('n')).length === 3)
      proxy.heal()
      expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([1, 2, 3])
    })

    test('connections reset in the middle of batches: every record is there once in the end', async ctx => {
      const { pump, proxy, values } = await behindProxies(ctx.skip)
      proxy.latency('toServer', 5)
      for (let round = 0; round < 5; round++) {
        const batch = withIds(...Array.from({ length: 200 }, (_, n) => ({ n: round * 200 + n })))
        const writing = outcomeOf(pump, batch)
        setTimeout(() => proxy.cut(), round * 5)
        const result = await writing.catch(() => undefined)
        expect(result?.rejected ?? []).toEqual([])
        await until('the batch went through', async () => (await outcomeOf(pump, batch))?.retry === undefined)
      }
      expect(await values('n')).toHaveLength(1_000)
    })

    test('a node that hangs is cut by the signal, and the next write goes through', async ctx => {
      const { pump, proxy, values } = await behindProxies(ctx.skip)
      proxy.silence('toServer')
      const begun = performance.now()
      await expect(pump.write(withIds({ n: 1 }), AbortSignal.timeout(300))).rejects.toMatchObject({
        name: 'TimeoutError',
      })
      expect(performance.now() - begun).toBeLessThan(20_000)
      proxy.heal()
      expect(await outcomeOf(pump, withIds({ n: 2 }))).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([2])
    })

    test('one of two nodes away: the other takes every write, within the same one', async ctx => {
      const { pump, proxies, values } = await behindProxies(ctx.skip, 2)
      proxies[0]!.refuse()
      for (let n = 0; n < 4; n++) expect(await outcomeOf(pump, withIds({ n }))).toEqual({ rejected: [] })
      proxies[0]!.heal()
      proxies[1]!.refuse()
      for (let n = 4; n < 8; n++) expect(await outcomeOf(pump, withIds({ n }))).toEqual({ rejected: [] })
      expect(await values('n')).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })

    test('one of two nodes hanging: after one write that was cut the other is asked', async ctx => {
      const { pump, proxies, values } = await behindProxies(ctx.skip, 2)
      proxies[0]!.silence('toServer')
      const written: number[] = []
      let cut = 0
      for (let n = 0; n < 4; n++) {
        const writing = pump.write(withIds({ n }), AbortSignal.timeout(2_500))
        await writing.then(
          () => written.push(n),
          () => (cut += 1),
        )
      }
      expect(cut).toBeLessThanOrEqual(2)
      expect(await values('n')).toEqual(written)
    })
  })
}

const { definition, shared } = searchServers[2]!

test('a target away at start is named, and a later start finds it; away for a while, everything arrives after', async ctx => {
  const { url, port } = await shared.orSkip(ctx.skip)
  const { meta, values } = searchTarget(url)
  const proxy = await proxyTo(port)
  const pump = openPump(definition, { ...meta, nodes: [proxy.url] })
  proxy.refuse()
  const named = { ...retryable, message: expect.stringContaining(`127.0.0.1:${proxy.port}: `) }
  await expect(pump.start?.(noLimit())).rejects.toMatchObject(named)
  await expect(pump.check?.(noLimit())).rejects.toMatchObject(named)
  proxy.heal()
  await pump.start?.(noLimit())
  await outcomeOf(pump, withIds({ n: 1 }))
  proxy.refuse()
  const batch = withIds({ n: 2 })
  expect(await outcomeOf(pump, batch)).toMatchObject({ rejected: [], retry: { indexes: [0] } })
  proxy.heal()
  expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([1, 2])
})

test.for([
  ['http://127.0.0.1:1', /nobody listens there/],
  ['http://no-such-host.invalid:9200', /the name of the host .*DNS/],
] as const)('%s is said to be what it is', async ([address, words]) => {
  const pump = openPump(definition, { nodes: [address] })
  await expect(pump.check?.(noLimit())).rejects.toMatchObject({ ...retryable, message: expect.stringMatching(words) })
})

test('https to a node that speaks http, and http to one that speaks no HTTP, are said in words', async ctx => {
  const { port } = await shared.orSkip(ctx.skip)
  const pump = openPump(definition, { nodes: [`https://127.0.0.1:${port}`] })
  await expect(pump.check?.(noLimit())).rejects.toThrow(/does not speak TLS/)
})

test('what a gateway answers: a pause is kept to, a redirect is not followed, nonsense is no delivery', async ctx => {
  const { url, port } = await shared.orSkip(ctx.skip)
  const { meta, values } = searchTarget(url)
  const gateway = await startGateway(port)
  const pump = openPump(definition, { ...meta, nodes: [gateway.url] })
  await pump.start?.(noLimit())
  const batch = withIds({ n: 1 }, { n: 2 })
  const answered = async (status: number, headers: Record<string, string>, body = '') => {
    gateway.answerNext({ status, headers, body })
    const result = await outcomeOf(pump, batch)
    expect(result).toMatchObject({ rejected: [], retry: { indexes: [0, 1] } })
    return { afterMs: result?.retry?.afterMs, message: result?.retry?.error.message }
  }
  expect(await answered(429, { 'retry-after': '7' })).toMatchObject({ afterMs: 7_000 })
  expect(await answered(503, { 'retry-after': '2' })).toMatchObject({ afterMs: 2_000 })
  const hourAhead = Date.now() + 3_600_000
  const until = new Date(hourAhead + 9_000).toUTCString()
  expect(await answered(503, { date: new Date(hourAhead).toUTCString(), 'retry-after': until })).toMatchObject({
    afterMs: 9_000,
  })
  const elsewhere = 'http://elsewhere.invalid/'
  expect((await answered(301, { location: elsewhere })).message).toMatch(
    /redirects to http:\/\/elsewhere\.invalid.*nodes/,
  )
  expect((await answered(200, {}, '<html>')).message).toMatch(/no bulk answer/)
  expect((await answered(200, {}, '{"items":[]}')).message).toMatch(/no bulk answer/)
  expect((await answered(400, {}, 'bad gateway request')).message).toMatch(/answers 400/)
  expect((await answered(401, {})).message).toMatch(/does not accept the credentials/)
  expect((await answered(404, {})).message).toMatch(/path of the address/)
  expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([1, 2])
})

test('a request of more than one record refused as malformed goes in halves, and the record refused alone is rejected', async ctx => {
  const { url, port } = await shared.orSkip(ctx.skip)
  const { meta, values } = searchTarget(url)
  const gateway = await startGateway(port)
  const pump = openPump(definition, { ...meta, nodes: [gateway.url] })
  await pump.start?.(noLimit())
  gateway.refuseWith('poison', { status: 400, headers: {}, body: '{"error":{"type":"parse_exception","reason":"no"}}' })
  const result = await outcomeOf(pump, withIds({ n: 1 }, { n: 2, text: 'poison' }, { n: 3 }))
  expect(result).toEqual({ rejected: [{ index: 1, reason: 'parse', message: 'parse_exception: no' }] })
  expect(await values('n')).toEqual([1, 3])
})
