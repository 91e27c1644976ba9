/** Takes every record and forgets it. For measuring what everything before the target costs. */
import { definePump } from './define-pump.ts'

/** The pump with no target. Named as users write it; `null` itself is a reserved word. */
export const nullPump = definePump({
  type: 'null',
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
