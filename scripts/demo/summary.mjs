import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The closing table. What was lost is worked out four ways that must agree: the requests that reached the API, the reporter's count of what it
 * created, the account that Redis keeps per pump, and the lines that really are in the file.
 */

const slowestShown = 5

/**
 * Reads the file pump's lines.
 * @param {string} file
 * @returns {Promise<{ lines: number, distinct: number, routes: Map<string, number[]> }>} routes: durations in ms by method and route
 */
export const readRecords = async file => {
  const ids = new Set()
  const routes = new Map()
  let lines = 0
  const input = createReadStream(file, 'utf8')
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue
    lines += 1
    const record = JSON.parse(line)
    ids.add(record.id)
    const route = `${record.method} ${record.route ?? '(no route)'}`
    if (!routes.has(route)) routes.set(route, [])
    if (typeof record.durationMs === 'number') routes.get(route).push(record.durationMs)
  }
  return { lines, distinct: ids.size, routes }
}

/** @param {readonly number[]} sorted @param {number} share */
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** @param {Map<string, number[]>} routes */
const slowest = routes =>
  [...routes]
    .map(([route, durations]) => {
      const sorted = durations.sort((a, b) => a - b)
      return { route, count: sorted.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
    })
    .sort((a, b) => b.p50 - a.p50)
    .slice(0, slowestShown)

/** @param {readonly (readonly (string | number)[])[]} rows first column left, the others right */
const table = rows => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => `${row[column]}`.length)))
  const cell = (/** @type {string | number} */ value, /** @type {number} */ column) =>
    column === 0 ? `${value}`.padEnd(widths[column]) : `${value}`.padStart(widths[column])
  return rows.map(row => `  ${row.map(cell).join('   ').trimEnd()}`).join('\n')
}

/**
 * @typedef {object} Outcome
 * @property {number} requests
 * @property {number | undefined} created as the reporter says; undefined when it did not say
 * @property {Record<string, import('./daemon.mjs').PumpAccount> | undefined} accounts as `pumphouse status` says
 * @property {{ lines: number, distinct: number, routes: Map<string, number[]> }} records as the file says
 */

/**
 * Everything that is not as it must be; empty when nothing was lost.
 * @param {Outcome} outcome
 * @returns {string[]}
 */
export const findLosses = ({ requests, created, accounts, records }) => {
  if (created === undefined) return ['the API ended without saying what its reporter counted']
  if (!accounts) return ['pumphouse status did not answer']
  const problems = []
  if (created !== requests) problems.push(`${requests} requests made, ${created} records created`)
  for (const name of ['console', 'disk'])
    if (!accounts[name]) problems.push(`pumphouse status does not know the pump ${name}`)
  for (const [name, { delivered, holds }] of Object.entries(accounts)) {
    if (delivered !== created) problems.push(`${name}: ${created} created, ${delivered} delivered`)
    if (!holds) problems.push(`${name}: pushed is not delivered + filtered + dead-lettered + removed + pending`)
  }
  if (records.distinct !== created)
    problems.push(`the file holds ${records.distinct} different records, ${created} were created`)
  return problems
}

/** Prints the closing table. @param {Outcome} outcome */
export const printSummary = ({ requests, created, accounts, records }) => {
  const delivered = Object.entries(accounts ?? {}).map(([name, account]) => [`delivered by ${name}`, account.delivered])
  const lost = Math.max(0, ...Object.values(accounts ?? {}).map(account => (created ?? 0) - account.delivered))
  const counts = [
    ['requests made', requests],
    ['records created', created ?? '?'],
    ...delivered,
    ['lines in the file', records.lines],
    ['lost', lost],
  ]
  const ms = (/** @type {number} */ value) => `${value.toFixed(1)} ms`
  const routes = slowest(records.routes).map(({ route, count, p50, p99 }) => [route, count, ms(p50), ms(p99)])
  console.log(`\n${table(counts)}\n`)
  console.log(`${table([['slowest routes', 'requests', 'p50', 'p99'], ...routes])}\n`)
}
