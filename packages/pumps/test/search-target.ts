import { randomUUID } from 'node:crypto'
import type { AnalyticsRecord } from '@pumphouse/record'
import { type HostedKind, type HostedServer, hostedServer, type SharedServer } from '@pumphouse/testkit'
import { inject, onTestFinished } from 'vitest'
import { elasticsearch } from '../src/elasticsearch.ts'
import { RetryableError } from '../src/errors.ts'
import { opensearch } from '../src/opensearch.ts'
import type { Pump, WriteResult } from '../src/pump.ts'
import { noLimit } from './open-pump.ts'

declare module 'vitest' {
  interface ProvidedContext {
    serverHost: string
  }
}

/** A server that the pumps must be right on, and the type of pump for it. */
export interface SearchServer {
  readonly kind: HostedKind
  readonly definition: typeof elasticsearch | typeof opensearch
  readonly shared: SharedServer<HostedServer>
}

export const searchServers: readonly SearchServer[] = [
  serverOf('elasticsearch-9.2.0', elasticsearch),
  serverOf('elasticsearch-8.19.21', elasticsearch),
  serverOf('opensearch-3.8.0', opensearch),
]

function serverOf(kind: HostedKind, definition: SearchServer['definition']): SearchServer {
  return { kind, definition, shared: hostedServer(inject('serverHost'), kind) }
}

/** An index of its own on a real server, looked at and broken from beside the pump. */
export interface SearchTarget {
  readonly meta: {
    readonly nodes: readonly string[]
    readonly index: string
    readonly template: { readonly name: string }
  }
  readonly index: string
  /** What the server answers to a request of its interface. Throws when it is an error. */
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>
  /** What the documents hold under that key, sorted, each as often as it is there. */
  values(key: string): Promise<readonly unknown[]>
  /** The documents. */
  documents(): Promise<readonly Document[]>
}

interface Document {
  readonly _id: string
  readonly _index: string
  readonly _source: Record<string, unknown>
  readonly _routing?: string
}

/** The most that the servers give at once. */
const PAGE_DOCUMENTS = 10_000

/** Names no other test has; index, template and all are removed when the test ends. */
export function searchTarget(url: string): SearchTarget {
  const target = openSearchTarget(url)
  onTestFinished(() => target.remove())
  return target
}

/** The same, for whoever removes it. */
export function openSearchTarget(url: string): SearchTarget & { remove(): Promise<void> } {
  const index = `test-${randomUUID()}`
  const request = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  const ask: SearchTarget['ask'] = async (method, path, body) => {
    const response = await request(method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const documents = async (): Promise<readonly Document[]> => {
    const names = `${index}*`
    await ask('POST', `/${names}/_refresh`)
    const found: Document[] = []
    let page = await ask('POST', `/${names}/_search?scroll=1m&size=${PAGE_DOCUMENTS}`)
    for (;;) {
      const { hits } = page['hits'] as { readonly hits: readonly Document[] }
      found.push(...hits)
      // What is not asked on ends by itself.
      if (hits.length < PAGE_DOCUMENTS) return found
      page = await ask('POST', '/_search/scroll', { scroll_id: page['_scroll_id'], scroll: '1m' })
    }
  }
  return {
    meta: { nodes: [url], index, template: { name: index } },
    index,
    ask,
    documents,
    values: async key => (await documents()).map(({ _source }) => _source[key]).sort(),
    async remove() {
      await request('DELETE', `/_data_stream/${index}`)
      for (const name of await indicesOf(index)) await request('DELETE', `/${name}`)
      await request('DELETE', `/_index_template/${index}`)
    },
  }

  async function indicesOf(prefix: string): Promise<readonly string[]> {
    const response = await request('GET', `/${prefix}*/_settings?filter_path=*.settings.index.uuid`)
    return response.ok ? Object.keys((await response.json()) as object) : []
  }
}

/** What became of a batch; that it threw means that all of it is to be sent again. */
export async function outcomeOf(pump: Pump, batch: readonly AnalyticsRecord[]): Promise<WriteResult> {
  try {
    return (await pump.write(batch, noLimit())) ?? {}
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error
    const { afterMs } = error
    return { rejected: [], retry: { indexes: [...batch.keys()], error, ...(afterMs === undefined ? {} : { afterMs }) } }
  }
}

/** The first test that needs a server waits for it, and for those that start before it. */
export const SEARCH_TEST_TIMEOUT_MS = 300_000
