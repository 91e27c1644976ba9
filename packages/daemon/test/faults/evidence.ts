import { existsSync, readFileSync } from 'node:fs'
import { decodeRecord } from '@pumphouse/record'
import { checkLedger, type PumpEvidence } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { numbers } from '../test-pipeline.ts'
import type { TestSet } from '../test-set.ts'

/** Where a fault test's mongo pump writes, and what has arrived there. */
export interface MongoTarget {
  /** For `meta:` of the pump. */
  readonly meta: string
  /** The `n` of every document, in no order. */
  written(): Promise<string[]>
  count(): Promise<number>
  close(): Promise<void>
}

/** A collection of its own on a running server. */
export async function mongoTarget(serverUrl: string, name: string): Promise<MongoTarget> {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const client = await new MongoClient(serverUrl).connect()
  const requests = client.db(name).collection<{ n: number }>('requests')
  return {
    meta: `{ url: "${url.href}", collection: requests }`,
    async written() {
      const found = await requests.find({}, { projection: { n: 1 } }).toArray()
      return found.map(({ n }) => String(n))
    },
    count: () => requests.estimatedDocumentCount(),
    close: () => client.close(),
  }
}

/**
 * The `n` of every line of a file of JSON lines. A crash of its writer may leave one partial line each, so `crashes` lines may be no JSON;
 * one more is an error. No file has no lines: its daemon may have been dead all the time.
 */
export function linesWritten(path: string, crashes: number): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : ''
  const lines = text === '' ? [] : text.split('\n')
  const records = lines.map(readLine).filter(record => record !== undefined)
  const partial = lines.length - records.length
  if (partial > crashes) throw new Error(`${path} has ${partial} lines that are no JSON, after ${crashes} crashes`)
  return records.map(({ n }) => String(n))
}

function readLine(line: string): { n: number } | undefined {
  try {
    return JSON.parse(line) as { n: number }
  } catch {
    return undefined
  }
}

/**
 * Holds records 0 … pushed-1 of a set against what a pump's target has, its dead letters, what is pending, and its account in Redis. What a
 * retention removed is a fate too, and counted; of what it removed while it was on its way, some may have arrived all the same (the
 * guarantees say so). Sentences, empty when all is well.
 */
export async function ledgerProblems(
  set: TestSet,
  pump: string,
  evidence: Pick<PumpEvidence, 'delivered' | 'filtered' | 'pending' | 'mayRepeat'>,
): Promise<readonly string[]> {
  const { pushed, delivered, filtered, deadLettered, removed, pending, leasedFrames, holds } = await set.status(pump)
  const letters = (await set.deadLetters()).filter(letter => String(letter['pump']) === pump)
  const dead = letters.map(({ body }) => String(decodeRecord(body as Buffer)['n']))
  const arrived = Math.min(removed, Math.max(0, new Set(evidence.delivered).size - delivered))
  const { problems } = checkLedger(numbers(pushed).map(String), {
    ...evidence,
    deadLettered: dead,
    dropped: removed - arrived,
    account: { delivered: delivered + arrived, filtered, deadLettered, pending },
  })
  return [...problems, ...(holds ? [] : ['the law is broken']), ...(leasedFrames ? ['frames are leased still'] : [])]
}
