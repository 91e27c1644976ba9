import { randomInt } from 'node:crypto'

/** What is left to chance in a fault test: PUMPHOUSE_TEST_SEED repeats one, PUMPHOUSE_TEST_SOAK_MS makes it long. */
export interface StormChoice {
  readonly seed: number
  readonly durationMs: number
  /** The run may take long. */
  readonly isSoak: boolean
  /** The same numbers between 0 and 1 for the same seed. */
  readonly random: () => number
}

/** Short enough for every test run; a soak finds what is rare. */
const SHORT_MS = 15_000
const MAX_SEED = 2 ** 31

/** The run may take long. */
export function isSoak(): boolean {
  return Boolean(process.env['PUMPHOUSE_TEST_SOAK_MS'])
}

/** The choice of the environment, or a new seed. Says how to repeat it. */
export function chooseStorm(): StormChoice {
  const { PUMPHOUSE_TEST_SEED, PUMPHOUSE_TEST_SOAK_MS } = process.env
  const seed = Number(PUMPHOUSE_TEST_SEED || randomInt(MAX_SEED))
  const durationMs = Number(PUMPHOUSE_TEST_SOAK_MS || SHORT_MS)
  process.stdout.write(`seed ${seed}: the same again with PUMPHOUSE_TEST_SEED=${seed} npm run test:faults\n`)
  return { seed, durationMs, isSoak: isSoak(), random: seededRandom(seed) }
}

/** mulberry32 (T. Ettinger): 32 bits of state are plenty for a schedule. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
