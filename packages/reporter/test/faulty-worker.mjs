// The program of a worker thread in which some calls fail: those that its service is named after.
import { workerData } from 'node:worker_threads'
import { breakCalls } from './faulty-calls.mjs'

breakCalls(workerData.service)
await import('../dist/lane/worker.js')
