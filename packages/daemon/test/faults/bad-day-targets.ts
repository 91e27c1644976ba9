/** The targets of the bad days, each behind a proxy of its own: every server that a pump is tested on, and a webhook. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type FaultProxy, type HostedKind, hostedServer, startProxy } from '@pumphouse/testkit'
import { type Db, MongoClient } from 'mongodb'
import { inject, onTestFinished, type TestContext } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    serverHost: string
  }
}

/** Where one pump delivers to. */
export interface Target {
  /** Of its pump. */
  readonly name: string
  readonly yaml: string
  readonly proxy: FaultProxy
  /** True when a record that is written again is there once. */
  readonly once: boolean
  /** The `n` of everything that is there. */
  found(): Promise<readonly number[]>
}

async function proxyBefore(port: number): Promise<FaultProxy> {
  const proxy = await startProxy(port)
  onTestFinished(() => proxy.close())
  return proxy
}

/** `refusing` makes the collection `requests`, which takes no record that is `refused`. */
export async function mongoTarget(
  { url, port }: { readonly url: string; readonly port: number },
  name: string,
  database: string,
  refusing: (db: Db) => Promise<unknown>,
): Promise<Target> {
  const proxy = await proxyBefore(port)
  const client = await new MongoClient(`${url}/${database}`).connect()
  onTestFinished(() => client.close())
  await refusing(client.db())
  const records = client
    .db()
    .collection('requests')
    .find({ n: { $exists: true } }, { projection: { n: 1 } })
  const address = `mongodb://127.0.0.1:${proxy.port}/${database}?directConnection=true&serverSelectionTimeoutMS=1000`
  return {
    name,
    yaml: `{ type: mongo, meta: { url: "${address}" } }`,
    proxy,
    once: true,
    found: async () => (await records.clone().toArray()).map(({ n }) => n),
  }
}

/** By a validator, as MongoDB has it. */
export function byValidator(db: Db): Promise<unknown> {
  return db.createCollection('requests', { validator: { refused: { $ne: true } } })
}

/** By an index that is full: for a server that knows no validators. */
export async function byIndex(db: Db): Promise<void> {
  await db.collection('requests').createIndex({ refused: 1 }, { unique: true, sparse: true })
  await db.collection('requests').insertOne({ refused: true })
}

export async function searchTarget(ctx: TestContext, kind: HostedKind, index: string): Promise<Target> {
  const { url, port } = await hostedServer(inject('serverHost'), kind).orSkip(ctx.skip)
  const proxy = await proxyBefore(port)
  const type = kind.split('-')[0] as string
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, never>> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return (await answer.json()) as Record<string, never>
  }
  const template = {
    index_patterns: [index],
    priority: 500,
    template: { mappings: { properties: { refused: { type: 'date' } } } },
  }
  await ask('PUT', `/_index_template/${index}`, template)
  onTestFinished(async () => {
    await ask('DELETE', `/${index}`)
    await ask('DELETE', `/_index_template/${index}`)
  })
  return {
    name: kind.replace(/\..*/, ''),
    yaml: `{ type: ${type}, meta: { nodes: ["http://127.0.0.1:${proxy.port}"], index: ${index}, template: { install: false } } }`,
    proxy,
    once: true,
    async found() {
      await ask('POST', `/${index}/_refresh`)
      const { hits } = (await ask('POST', `/${index}/_search`, { size: 10_000, _source: ['n'] })) as {
        readonly hits?: { readonly hits: readonly { readonly _source: { readonly n: number } }[] }
      }
      return (hits?.hits ?? []).map(({ _source }) => _source.n)
    },
  }
}

export async function webhookTarget(): Promise<Target> {
  const taken: { n: number }[] = []
  const server: Server = createServer(async (request, response) => {
    const body = await text(request).catch(() => '')
    const records = body === '' ? [] : (JSON.parse(body) as { n: number; refused?: unknown }[])
    if (records.some(({ refused }) => refused)) return response.writeHead(422).end('refused')
    taken.push(...records)
    return response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const proxy = await proxyBefore((server.address() as AddressInfo).port)
  return {
    name: 'http',
    yaml: `{ type: http, meta: { url: "http://127.0.0.1:${proxy.port}/hook" } }`,
    proxy,
    once: false,
    found: async () => taken.map(({ n }) => n),
  }
}
