import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findLosses, readRecords } from './summary.mjs'

/** @param {number} delivered */
const account = delivered => ({
  pushed: 10,
  delivered,
  filtered: 0,
  deadLettered: 0,
  removed: 0,
  pending: 10 - delivered,
  holds: true,
})

const good = {
  requests: 10,
  created: 10,
  accounts: { console: account(10), disk: account(10) },
  records: { lines: 10, distinct: 10, routes: new Map() },
}

describe('what the demo finds lost', () => {
  it('is nothing when every pump delivered what was created and the file holds it', () => {
    expect(findLosses(good)).toEqual([])
  })

  it('is a request without a record, and a record without a request', () => {
    expect(findLosses({ ...good, requests: 11 })).toEqual(['11 requests made, 10 records created'])
    expect(findLosses({ ...good, requests: 9 })).toEqual(['9 requests made, 10 records created'])
  })

  it('is a record that one pump did not deliver', () => {
    const accounts = { ...good.accounts, disk: account(9) }
    expect(findLosses({ ...good, accounts })).toEqual(['disk: 10 created, 9 delivered'])
  })

  it('is an account that does not add up', () => {
    const accounts = { ...good.accounts, disk: { ...account(10), holds: false } }
    expect(findLosses({ ...good, accounts })).toHaveLength(1)
  })

  it('is a record missing in the file, also when another is there twice', () => {
    const records = { ...good.records, distinct: 9 }
    expect(findLosses({ ...good, records })).toHaveLength(1)
  })

  it('is everything, when nothing was created or nobody can say', () => {
    expect(findLosses({ ...good, created: undefined })).toHaveLength(1)
    expect(findLosses({ ...good, accounts: undefined })).toHaveLength(1)
    expect(findLosses({ ...good, accounts: {} })).toHaveLength(2)
    const none = { console: account(0), disk: account(0) }
    const records = { lines: 0, distinct: 0, routes: new Map() }
    expect(findLosses({ requests: 10, created: 0, accounts: none, records })).toEqual([
      '10 requests made, 0 records created',
    ])
    expect(findLosses({ requests: 0, created: 0, accounts: none, records })).toEqual([])
  })

  it('reads the lines of the file, the different ids and the durations by route', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'records-'))
    const file = join(folder, 'records.jsonl')
    const lines = [
      { id: 'a', method: 'GET', route: '/orders', durationMs: 3 },
      { id: 'a', method: 'GET', route: '/orders', durationMs: 3 },
      { id: 'b', method: 'GET', durationMs: 1 },
    ]
    writeFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    const records = await readRecords(file)
    rmSync(folder, { recursive: true })
    expect(records).toEqual({
      lines: 3,
      distinct: 2,
      routes: new Map([
        ['GET /orders', [3, 3]],
        ['GET (no route)', [1]],
      ]),
    })
  })
})
