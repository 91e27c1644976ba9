/**
 * The reporter keeps the thread of the application busy for less than 10 ms at a stretch, at each of its calls and in each turn of the event loop. It is measured as CPU time of that
 * thread, and of several repetitions the best counts: what the machine does besides is not ours, and what is ours comes again. So the first that is
 * short enough is the last.
 */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sharedServer, startRedis } from '@pumphouse/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { entry } from '../test/program.ts'
import { spoolFiles } from '../test/spool-files.ts'

const LIMIT_MS = 10
const REPETITIONS = 6
const shared = sharedServer(startRedis)
const spool = spoolFiles()
afterAll(async () => {
  spool.remove()
  await shared.stop()
})

const program = fileURLToPath(new URL('../test/turns.mjs', import.meta.url))
const NOWHERE = 'redis://127.0.0.1:1'

interface Longest {
  readonly record: readonly number[]
  readonly turn: readonly number[]
  readonly stats: { readonly created: number; readonly sent: number; readonly spooled: number }
}

/** `proof` is what must have been counted before the repetitions end. */
async function longest(
  options: object,
  records: number,
  bodyBytes: number,
  proof?: 'sent' | 'spooled',
  bodyOf?: string,
): Promise<Longest> {
  const repeated = { repetitions: REPETITIONS, limitMs: LIMIT_MS, proof }
  const given = JSON.stringify({ options, records, bodyBytes, bodyOf, ...repeated })
  const { stdout } = await promisify(execFile)(process.execPath, [program, entry, given])
  return JSON.parse(stdout)
}

/** The first repetition is left out: it loads and compiles what the others only run. */
function expectShort({ record, turn }: Longest): void {
  expect(Math.min(...record.slice(1))).toBeLessThan(LIMIT_MS)
  expect(Math.min(...turn.slice(1))).toBeLessThan(LIMIT_MS)
}

const loads: [name: string, records: number, bodyBytes: number, bodyOf?: string][] = [
  ['ten thousand records', 10_000, 0],
  ['bodies of 8 KiB', 2000, 8192],
  ['bodies of 8 KiB, all digits', 1000, 8192, '4 '],
  ['bodies of 8 KiB, all names', 1000, 8192, 'token=a=b&'],
]

describe.each([1, 0])('with poolSize %i each call and each turn of the event loop', poolSize => {
  it.for(loads)('is busy for less than 10 ms with Redis there: %s', async ([name, records, bodyBytes, bodyOf], ctx) => {
    const { url } = await shared.orSkip(ctx.skip)
    const measured = await longest({ redis: url, poolSize, analytics: { name } }, records, bodyBytes, 'sent', bodyOf)
    expectShort(measured)
    expect(measured.stats.sent).toBeGreaterThan(0)
  })

  it('is busy for less than 10 ms with Redis away', async () => {
    expectShort(await longest({ redis: NOWHERE, poolSize }, 10_000, 0))
  })

  it('is busy for less than 10 ms with Redis away and a spool, and bodies', async () => {
    const measured = await longest({ redis: NOWHERE, poolSize, spool: { dir: spool.dir } }, 2000, 8192, 'spooled')
    expectShort(measured)
    expect(measured.stats.spooled).toBeGreaterThan(0)
  })
})
