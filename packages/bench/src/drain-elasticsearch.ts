/** What is left of Elasticsearch's own speed when records come through the daemon? Compared with a bare loop of _bulk requests on the same server. */
import { builtInPumps, createPump, type Pump } from '@pumphouse/pumps'
import { createRecordIdSource, recordIdAt } from '@pumphouse/record'
import { startElasticsearch } from '@pumphouse/testkit'
import { runDrain } from './drain.ts'
import { type Measurement, measure } from './measure.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const RECORDS = 50_000
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
  const ids = createRecordIdSource()
  const bodies = Array.from({ length: RECORDS / PER_BATCH }, (_, b) => {
    const base = ids.allocate(PER_BATCH)
    const lines = Array.from({ length: PER_BATCH }, (_, i) => {
      const id = recordIdAt(base, i)
      const action = JSON.stringify({ create: { _index: INDEX, _id: id } })
      return `${action}\n${JSON.stringify({ id, ...requestRecord(b * PER_BATCH + i) })}\n`
    })
    return Buffer.from(lines.join(''))
  })
  return measure(RECORDS, async () => {
    for (const body of bodies) {
      const headers = { 'content-type': 'application/x-ndjson' }
      const response = await fetch(`${url}/_bulk?filter_path=errors,items.*.status,items.*.error`, {
        method: 'POST',
        headers,
        body,
      })
      const { errors } = (await response.json()) as { readonly errors?: boolean }
      if (errors !== false) throw new Error('a request was not taken as a whole')
    }
    return countDocuments(url)
  })
}

/** Only the pump: it makes the bodies, and reads what became of each record. */
async function writeDirectly(url: string): Promise<Measurement> {
  const ids = createRecordIdSource()
  const batches = Array.from({ length: RECORDS / PER_BATCH }, (_, b) => {
    const base = ids.allocate(PER_BATCH)
    return Array.from({ length: PER_BATCH }, (_, i) => ({
      id: recordIdAt(base, i),
      ...requestRecord(b * PER_BATCH + i),
    }))
  })
  const pump = await startPump(url)
  try {
    return await measure(RECORDS, async () => {
      for (const batch of batches) await pump.write(batch, new AbortController().signal)
      return countDocuments(url)
    })
  } finally {
    await pump.close()
  }
}

async function drainTo(url: string): Promise<Measurement> {
  return runDrain({
    fill: { records: RECORDS, perFrame: 500, make: requestRecord },
    pumps: () => ({ search: { type: 'elasticsearch', meta: { nodes: [url], index: INDEX } } }),
    count: () => countDocuments(url),
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

async function onServer(run: (url: string) => Promise<Measurement>): Promise<Measurement> {
  const server = await startElasticsearch('9.2.0', { heapMiB: HEAP_MIB })
  try {
    return await run(server.url)
  } finally {
    await server.stop()
  }
}

/** The elasticsearch pump beside bare requests. */
export const drainElasticsearch: Question = {
  question: 'How fast does the daemon drain to Elasticsearch, beside bare requests?',
  cases: [
    { name: 'peer: bare _bulk over one connection, ready bodies of 1000', run: () => onServer(sendDirectly) },
    { name: 'the elasticsearch pump alone, records in batches of 1000', run: () => onServer(writeDirectly) },
    { name: 'the daemon with the elasticsearch pump', run: () => onServer(drainTo) },
  ],
  note: 'The server sets the pace. Delivered = documents counted in the index; every run has a fresh server, with the same index template.',
}
