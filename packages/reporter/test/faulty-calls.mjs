// Lets some calls of a built-in function fail, as a disk, a full memory or a changed environment would: five of them, from the second call on.
import crypto from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { parentPort, Worker } from 'node:worker_threads'
import zlib from 'node:zlib'

const holders = { crypto, fs, zlib, parentPort, Worker: Worker.prototype }
const FAILURES = 5
/** Of these there may be no second one. */
const RARE = new Set(['fs.renameSync', 'fs.ftruncateSync', 'fs.readFileSync'])
const STDERR = 2

/** `fs.writevSync`: from now on, for this thread. What the thread has not, as a port to a parent, cannot fail there. Each failure is a line of the standard error. */
export function breakCalls(path) {
  const [holderName, name] = path.split('.')
  const holder = holders[holderName]
  const original = holder?.[name]
  if (original === undefined) return
  let calls = RARE.has(path) ? 1 : 0
  holder[name] = function (...given) {
    calls++
    if (calls > 1 && calls <= 1 + FAILURES) {
      // Not by a stream: what a thread writes to one comes late, or never.
      fs.writeSync(STDERR, `injected: ${path}\n`)
      throw Object.assign(new Error(`injected: ${path}`), { code: 'EIO' })
    }
    return Reflect.apply(original, this, given)
  }
  syncBuiltinESMExports()
}
