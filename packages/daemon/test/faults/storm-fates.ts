/** What else than being delivered may become of a record in the storm, and how each fate is recognised afterwards. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrame } from '@pumphouse/record'
import type { TestSet } from '../test-set.ts'

/**
 * Bounds on the set, by the seed, without drawing from its random numbers. none: a paused pump keeps everything pending. cap: pushes are refused
 * while the backlog is large. retention: the oldest records are removed, of the paused pump nearly all, of the others what lags.
 */
export type Bound = 'none' | 'cap' | 'retention'
const BOUNDS: readonly Bound[] = ['none', 'cap', 'retention']

/** The bound of a seed. */
export const boundOf = (seed: number): Bound => BOUNDS[seed % BOUNDS.length] as Bound

/** Refused beyond this with `cap`: two seconds of pushing. */
const CAP_RECORDS = 10_000
/** Removed beyond this with `retention`: long enough for the pumps that run to lose little, short enough that they do lose some. */
const RETAINED_RECORDS = 4_000

/** For the producer. */
export const producerBound = (bound: Bound): { maxBacklogRecords?: number } =>
  bound === 'cap' ? { maxBacklogRecords: CAP_RECORDS } : {}

/** For the `analytics:` section. */
export const retentionYaml = (bound: Bound): string =>
  bound === 'retention' ? `, retention: { maxRecords: ${RETAINED_RECORDS} }` : ''

/** One in ten is filtered out and, of the others, about one in a hundred is refused by the choosy pump. */
export const isProbe = (n: number): boolean => n % 10 === 0
const CHOOSY_PUMP = `import { appendFileSync } from 'node:fs'
export const pump = {
  type: 'choosy', summary: 'Refuses some records for good.', idempotent: false, options: {},
  create: () => ({
    async write(batch) {
      const isRefused = ({ n }) => n % 97 === 13
      appendFileSync('choosy.jsonl', batch.filter(record => !isRefused(record)).map(({ n }) => JSON.stringify({ n }) + '\\n').join(''))
      return { rejected: batch.flatMap((record, index) => (isRefused(record) ? [{ index, reason: 'refused', message: 'no' }] : [])) }
    },
    async close() {},
  }),
}`

/** Beside `n`. */
export const fieldsOf = (n: number): object => ({ kind: isProbe(n) ? 'probe' : 'real' })

/** For the `pumps:` section, after `preparePumps` in the daemon's folder. With `cap` nothing may be paused: the backlog would stay. */
export const morePumps = (bound: Bound): string => `
  choosy: { type: ./choosy.mjs, filters: { exclude: { kind: [probe] } } }
  ${bound === 'cap' ? '' : 'kept: { type: stdout, paused: true }'}
`

/** Writes what the pumps of `morePumps` are made of. */
export function preparePumps(folder: string): void {
  writeFileSync(join(folder, 'choosy.mjs'), CHOOSY_PUMP)
}

/** Entries read at a time. */
const PAGE = 500

/** The `n` of every record that lies in the set: what is pending for a pump that never ran. */
export async function recordsHeld({ redis, name }: TestSet): Promise<string[]> {
  const keys: string[] = []
  for (let from = '-'; ; ) {
    const page = await redis.xrangeBuffer(`{${name}:0}:frames`, from, '+', 'COUNT', PAGE)
    const names = page.map(([, fields]) => fields[fields.findIndex(field => String(field) === 'f') + 1] as Buffer)
    const frames = names.length > 0 ? await redis.hmgetBuffer(`{${name}:0}:bytes`, ...names) : []
    for (const bytes of frames) {
      for (const { n } of decodeFrame(bytes as Buffer).records) keys.push(String(n))
    }
    const last = page.at(-1)?.[0]
    if (last === undefined || page.length < PAGE) return keys
    from = `(${last}`
  }
}
