// How long one call of record(), and one turn of the event loop, is busy in a process that does nothing but record. Prints for each repetition the
// longest of both, in ms; the repetitions end when both were short once and what is to happen (`proof`, a name of the stats) did. What other processes do must not count: of a piece it is the lesser of the time on the clock and the CPU time of this thread.
import { openSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

const [reporterFile, given] = process.argv.slice(2)
const { options, records, repetitions, bodyBytes, bodyOf, limitMs, proof } = JSON.parse(given)
const { createReporter } = await import(reporterFile)
const reporter = createReporter({ service: 's', onWarning: () => undefined, ...options })
// What a client may send to make redaction look long, or else a common body.
const body =
  bodyOf?.repeat(bodyBytes / bodyOf.length) ??
  JSON.stringify({ note: 'x'.repeat(40), items: Array.from({ length: 2000 }, (_, id) => ({ id })) })
const content = { requestBody: body.slice(0, bodyBytes), responseBody: body.slice(0, bodyBytes) }
const SLICE = 100
/** What was recorded is encoded and on its way. */
const SETTLE_MS = 700

/** CPU time of this thread, in ms; where it cannot be told, that of the process, which is more. */
function cpuClock() {
  const cpuMs = ({ user, system }) => (user + system) / 1000
  if (process.threadCpuUsage) return () => cpuMs(process.threadCpuUsage())
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
    const text = Buffer.alloc(64)
    return () => Number.parseInt(text.latin1Slice(0, readSync(file, text, 0, 64, 0)), 10) / 1e6
  } catch {
    return () => cpuMs(process.cpuUsage())
  }
}

const cpuNow = cpuClock()
let wallMs = 0
let cpuMs = 0
function begin() {
  cpuMs = cpuNow()
  wallMs = performance.now()
}
function busyMs() {
  const elapsedMs = performance.now() - wallMs
  return Math.min(elapsedMs, cpuNow() - cpuMs)
}

function record(n) {
  begin()
  reporter.record({
    timestamp: Date.now(),
    method: 'POST',
    path: `/orders/${n}`,
    route: '/orders/:id',
    statusCode: 200,
    outcome: 'ok',
    clientIp: '127.0.0.1',
    requestHeaders: { accept: '*/*', authorization: `Bearer ${n}` },
    ...(bodyBytes > 0 && content),
  })
  return busyMs()
}

/** Everything that runs until the loop is back. */
async function turn() {
  begin()
  await nextTurn()
  return busyMs()
}

const longest = { record: [], turn: [] }
/** The first repetition does not count: it loads and compiles what the others only run. */
const wasShort = values => values.slice(1).some(ms => ms < limitMs)
const isShown = () =>
  wasShort(longest.record) && wasShort(longest.turn) && (proof === undefined || reporter.stats()[proof] > 0)

for (let repetition = 0; repetition < repetitions && !isShown(); repetition++) {
  let ofRecord = 0
  let ofTurn = 0
  for (let n = 0; n < records; n++) {
    ofRecord = Math.max(ofRecord, record(n))
    if (n % SLICE === SLICE - 1) ofTurn = Math.max(ofTurn, await turn())
  }
  const untilMs = performance.now() + SETTLE_MS
  while (performance.now() < untilMs) ofTurn = Math.max(ofTurn, await turn())
  longest.record.push(ofRecord)
  longest.turn.push(ofTurn)
}
process.stdout.write(JSON.stringify({ ...longest, stats: reporter.stats() }))
process.exit(0)
