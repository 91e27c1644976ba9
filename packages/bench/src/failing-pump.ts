/** The bad neighbour of the question about failing pumps: a plugin, as the daemon loads one. */
import { definePump } from '@pumphouse/pumps'

const fail = (): never => {
  throw new Error('the target is away')
}

export const pump = definePump({
  type: 'failing',
  summary: 'Fails, for a benchmark.',
  idempotent: true,
  options: { by: { doc: 'How.', format: ['throwing', 'hanging', 'not starting'], default: 'throwing' } },
  create({ by }) {
    return {
      async start() {
        if (by === 'not starting') fail()
      },
      write: (_, signal) =>
        by === 'throwing'
          ? fail()
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      async close() {},
    }
  },
})
