/**
 * Takes every record and forgets it. For measuring what everything before the target costs.
 *
 * It has two names. `null` is the older one, and YAML takes that word for "nothing" unless it stands in quotes; so `discard` is the one to write.
 */
import { definePump } from './define-pump.ts'

/** The pump with no target. */
export const discard = definePump({
  type: 'discard',
  summary: 'Counts records as delivered and forgets them: for benchmarks and trials, they are stored nowhere.',
  idempotent: true,
  options: {},
  create() {
    return {
      async write() {},
      async close() {},
    }
  },
})

/** The same under its other name; in YAML in quotes. */
export const nullPump = definePump({
  ...discard,
  type: 'null',
  summary: "The same as discard. In YAML write 'null' in quotes.",
})
