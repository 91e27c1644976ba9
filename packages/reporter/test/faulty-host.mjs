// A server with the reporter in front of it, whose calls fail inside: it answers, and says in the end what it answered, what was thrown and what was counted.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { breakCalls } from './faulty-calls.mjs'

const [reporterFile, httpFile, workerFile, fault, given] = process.argv.slice(2)
const REQUESTS = 120
const PATIENCE_MS = 60_000
/** Long enough that a frame is compressed. */
const NOTE = 'note '.repeat(200)
const thrown = []
process.on('uncaughtException', error => thrown.push(String(error.stack)))
process.on('unhandledRejection', error => thrown.push(String(error?.stack ?? error)))

const options = JSON.parse(given)
const { createReporter } = await import(reporterFile)
const { instrument } = await import(httpFile)
const server = createServer((request, response) => response.end(`hello ${request.url}`)).listen(0, '127.0.0.1')
await once(server, 'listening')
if (options.poolSize === 0 || fault.startsWith('Worker.')) breakCalls(fault)
const reporter = createReporter({
  ...options,
  service: fault,
  workerFile,
  batchSize: 5,
  flushInterval: '20ms',
  onWarning: () => undefined,
})
instrument(server, { reporter, enrich: request => ({ n: Number(request.url.slice(1)), note: NOTE }) })

let answered = 0
for (let n = 0; n < REQUESTS; n++) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/${n}`)
  if (response.status === 200 && (await response.text()) === `hello /${n}`) answered++
}
process.stdout.write('recorded\n')
await once(process.stdin, 'data')
// What went to disk is pushed after the connection is back; what another process left is adopted beside it, unless the fault is in the way.
const settled = () => reporter.stats().queued === 0 && reporter.stats().spool.frames === 0
const untilMs = performance.now() + PATIENCE_MS
while (!settled() && performance.now() < untilMs) await sleep(20)
await reporter.flush({ timeout: '30s' })
server.closeAllConnections()
server.close()
const stats = await reporter.close({ timeout: '10s' })
process.stdout.write(`${JSON.stringify({ requests: REQUESTS, answered, thrown, stats })}\n`)
process.stdin.destroy()
