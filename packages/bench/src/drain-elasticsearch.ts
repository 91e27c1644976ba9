/** What is left of Elasticsearch's own speed when records come through the daemon? Compared with a bare loop of _bulk requests on the same server. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { builtInPumps, createPump, type Pump } from '@pumphouse/pumps'
import { createRecordIdSource, recordIdAt } from '@pumphouse/record'
import { startElasticsearch } from '@pumphouse/testkit'
import { runDrain } from './drain.ts'
import { type Measurement, measure } from './measure.ts'
import type { Question, QuestionServer } from './question.ts'
import { requestRecord } from './sample-records.ts'

/** Enough to see the pace that is kept: what is measured takes seconds. */
const RECORDS = 160_000
/** Of them, written before each measurement begins. */
const WARM_UP = 40_000
const PER_BATCH = 1_000
const INDEX = 'requests'
const HEAP_MIB = 1024
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The bodies are made beforehand: only the server and one connection work. The index has the mappings that the pump would give it, and the answers say
 * what became of each record: nobody can do without.
 */
async function sendDirectly(url: string): Promise<Measurement> {
  await (await startPump(url)).close()
  const bodies = batchesOf(RECORDS / PER_BATCH).map(batch => {
    const lines = batch.map(record => {
      const action = JSON.stringify({ create: { _index: INDEX, _id: record.id } })
      return `${action}\n${JSON.stringify(record)}\n`
    })
    return Buffer.from(lines.join(''))
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    return await measureAfterWarmUp(url, bodies, body => sendBody(agent, url, body))
  } finally {
    agent.destroy()
  }
}

/** By node:http, which costs half of what fetch does. */
async function sendBody(agent: Agent, url: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
  const path = '/_bulk?filter_path=errors,items.*.status,items.*.error'
  const sent = request(url + path, { method: 'POST', headers, agent }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const { errors } = JSON.parse(await text(response)) as { readonly errors?: boolean }
  if (errors !== false) throw new Error('a request was not taken as a whole')
}

/** Only the pump: it makes the bodies, and reads what became of each record. */
async function writeDirectly(url: string): Promise<Measurement> {
  const pump = await startPump(url)
  try {
    return await measureAfterWarmUp(url, batchesOf(RECORDS / PER_BATCH), async batch => {
      await pump.write(batch, new AbortController().signal)
    })
  } finally {
    await pump.close()
  }
}

/** Sends one after the other, and measures from where the warm-up ends. */
async function measureAfterWarmUp<T>(
  url: string,
  batches: readonly T[],
  send: (batch: T) => Promise<void>,
): Promise<Measurement> {
  const measured = batches.slice(WARM_UP / PER_BATCH)
  for (const batch of batches.slice(0, WARM_UP / PER_BATCH)) await send(batch)
  const measurement = await measure(RECORDS - WARM_UP, async () => {
    for (const batch of measured) await send(batch)
    return RECORDS - WARM_UP
  })
  return { ...measurement, delivered: (await countDocuments(url)) - WARM_UP }
}

function drainTo(url: string): Promise<Measurement> {
  return runDrain({
    fill: { records: RECORDS, perFrame: 500, make: requestRecord },
    pumps: () => ({ search: { type: 'elasticsearch', meta: { nodes: [url], index: INDEX } } }),
    warmUp: WARM_UP,
    count: () => countDocuments(url),
  })
}

function batchesOf(count: number) {
  const ids = createRecordIdSource()
  return Array.from({ length: count }, (_, b) => {
    const base = ids.allocate(PER_BATCH)
    return Array.from({ length: PER_BATCH }, (_, i) => ({
      id: recordIdAt(base, i),
      ...requestRecord(b * PER_BATCH + i),
    }))
  })
}

async function startPump(url: string): Promise<Pump> {
  const definition = builtInPumps.find(({ type }) => type === 'elasticsearch')
  if (!definition) throw new Error('there is no elasticsearch pump')
  const pump = createPump(definition, { nodes: [url], index: INDEX }, { name: 'bench', log: SILENT })
  await pump.start?.(new AbortController().signal)
  return pump
}

async function countDocuments(url: string): Promise<number> {
  await fetch(`${url}/${INDEX}/_refresh`, { method: 'POST' })
  const response = await fetch(`${url}/${INDEX}/_count`)
  return ((await response.json()) as { readonly count: number }).count
}

/** Each run makes the index anew. */
async function dropIndex(url: string): Promise<void> {
  const { ok, status } = await fetch(`${url}/${INDEX}?ignore_unavailable=true`, { method: 'DELETE' })
  if (!ok) throw new Error(`the index of the last run cannot be dropped: ${status}`)
}

async function onFreshIndex(url: string, run: (url: string) => Promise<Measurement>): Promise<Measurement> {
  await dropIndex(url)
  return run(url)
}

/** The first run of a fresh server is its slowest, and nobody's. */
async function startWarmServer(): Promise<QuestionServer> {
  const server = await startElasticsearch('9.2.0', { heapMiB: HEAP_MIB })
  await sendDirectly(server.url)
  return server
}

/** The elasticsearch pump beside bare requests. */
export const drainElasticsearch: Question = {
  question: 'How fast does the daemon drain to Elasticsearch, beside bare requests?',
  server: startWarmServer,
  cases: [
    {
      name: 'peer: bare _bulk over one connection, ready bodies of 1000',
      run: url => onFreshIndex(url, sendDirectly),
    },
    {
      name: 'the elasticsearch pump alone, records in batches of 1000',
      run: url => onFreshIndex(url, writeDirectly),
    },
    { name: 'the daemon with the elasticsearch pump', run: url => onFreshIndex(url, drainTo) },
  ],
  note: 'The server sets the pace: one for all runs, each of which makes its index anew, with the same template. Measured after the first quarter of the records. Delivered = documents counted in the index.',
}
