import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { definePump, jsonLine, type Pump } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import { expect, test } from 'vitest'
import { type FaultProxy, startProxy } from '../proxy.ts'
import type { ContractTarget } from './contract-target.ts'
import { testPump } from './test-pump.ts'

/** What a bad pump does otherwise. */
interface Flaws {
  readonly ignoresSignal?: boolean
  readonly doesNotWait?: boolean
  readonly rejectsNeighbour?: boolean
  readonly checksNothing?: boolean
  readonly forgetsIds?: boolean
}

interface HttpTarget extends ContractTarget {
  readonly network: FaultProxy
  restart(): Promise<void>
  refuse(keys: readonly string[]): Promise<void>
}

function httpPump(flaws: Flaws) {
  return definePump({
    type: 'http-for-tests',
    summary: 'For tests.',
    idempotent: true,
    options: { url: { doc: 'Where.', format: 'url', default: null, required: true } },
    create({ url }): Pump {
      const closing = new AbortController()
      const ask = async (method: string, signal: AbortSignal, body?: string): Promise<string> => {
        const either = flaws.ignoresSignal ? closing.signal : AbortSignal.any([signal, closing.signal])
        return (await fetch(url, { method, body: body ?? null, signal: either })).text()
      }
      return {
        async write(batch, signal) {
          signal.throwIfAborted()
          const records = flaws.forgetsIds ? batch.map(record => ({ ...record, id: Math.random() })) : batch
          const asking = ask('POST', signal, `[${records.map(record => jsonLine(record as AnalyticsRecord))}]`)
          if (flaws.doesNotWait) {
            asking.catch(() => undefined)
            return {}
          }
          const refused = JSON.parse(await asking) as number[]
          const shift = flaws.rejectsNeighbour ? 1 : 0
          return {
            rejected: refused.map(index => ({ index: (index + shift) % batch.length, reason: 'refused', message: '' })),
          }
        },
        async check(signal) {
          if (!flaws.checksNothing) await ask('GET', signal)
        },
        close: async () => closing.abort(new Error('closed')),
      }
    },
  })
}

async function setUp(): Promise<HttpTarget> {
  const stored = new Map<string, string>()
  let refusing = new Set<string>()
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  const network = await startProxy(port)

  function take(batch: readonly { id: string; contractKey: string }[]): string {
    const refused = batch.flatMap(({ contractKey }, index) => (refusing.has(contractKey) ? [index] : []))
    for (const { id, contractKey } of batch) if (!refusing.has(contractKey)) stored.set(id, contractKey)
    return JSON.stringify(refused)
  }
  function listen(at: number): Promise<Server> {
    return new Promise(resolve => {
      const listening = createServer(async (request, response) => {
        const body = (await request.setEncoding('utf8').toArray()).join('')
        response.end(request.method === 'POST' ? take(JSON.parse(body)) : '')
      })
      listening.listen(at, '127.0.0.1', () => resolve(listening))
    })
  }
  function close(): Promise<void> {
    server.closeAllConnections()
    return new Promise(resolve => server.close(() => resolve()))
  }
  return {
    meta: { url: `http://127.0.0.1:${network.port}/` },
    read: async () => [...stored.values()],
    network,
    async restart() {
      await close()
      server = await listen(port)
    },
    async refuse(keys) {
      refusing = new Set(keys)
    },
    async remove() {
      await network.close()
      await close()
    },
  }
}

/** The names of the cases with a fault that fail. */
async function failures(flaws: Flaws): Promise<readonly string[]> {
  const cases = testPump(
    { definition: httpPump(flaws), setUp },
    {
      network: target => target.network,
      restart: target => target.restart(),
      refuse: (target, keys) => target.refuse(keys),
    },
  )
  const withFaults = cases.slice(
    testPump({ definition: httpPump(flaws), setUp }).findIndex(one => /the target refuses/.test(one.name)),
  )
  const failed = await Promise.all(
    withFaults.map(({ name, run }) =>
      run().then(
        () => [],
        () => [name],
      ),
    ),
  )
  return failed.flat()
}

test('a pump that keeps the contract passes whatever happens to its target', async () => {
  expect(await failures({})).toEqual([])
}, 60_000)

test.for<[Flaws, readonly RegExp[]]>([
  [{ ignoresSignal: true }, [/within 100 ms of its abort/]],
  [{ doesNotWait: true }, [/the target refuses/, /connections are reset/]],
  [{ rejectsNeighbour: true }, [/the target refuses/]],
  [{ checksNothing: true }, [/by a check that throws/]],
  [{ forgetsIds: true }, [/while its answer was lost/]],
])('a pump is caught that %j', { timeout: 60_000 }, async ([flaws, caught]) => {
  const failed = (await failures(flaws)).join('\n')
  for (const name of caught) expect(failed).toMatch(name)
})

test('cases that cannot be run with what was given say so', () => {
  const skips = testPump({ definition: httpPump({}), setUp }).flatMap(({ skip }) => skip || [])
  expect(new Set(skips)).toEqual(
    new Set([
      'the target keeps no order',
      'no fault "refuse" is given',
      'no fault "restart" is given',
      'no fault "network" is given',
    ]),
  )
})
