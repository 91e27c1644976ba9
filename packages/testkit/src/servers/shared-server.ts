import { readTestConfig } from '../config.ts'
import type { RunningServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'

/** One server for all tests of a file, started when the first of them needs it. */
export interface SharedServer<S extends Stoppable = RunningServer> {
  /**
   * Starts it, or calls `skip` with the reason when it cannot be had on this machine; `skip` is the runner's own and does not return
   * (vitest: `ctx.skip`). With CI set a missing server is an error instead. Every test says it: `const redis = await shared.orSkip(ctx.skip)`.
   */
  orSkip(skip: (reason: string) => never): Promise<S>
  /** Stops it if it was started. */
  stop(): Promise<void>
}

interface Stoppable {
  stop(): Promise<void>
}

/** `const mongo = sharedServer(startMongo)`, `afterAll(() => mongo.stop())`. */
export function sharedServer<S extends Stoppable>(start: () => Promise<S>): SharedServer<S> {
  let starting: Promise<S> | undefined
  return {
    async orSkip(skip) {
      starting ??= start()
      try {
        return await starting
      } catch (error) {
        if (error instanceof ServerUnavailable && !readTestConfig().ci) return skip(error.message)
        throw error
      }
    },
    async stop() {
      const server = await starting?.catch(() => undefined)
      await server?.stop()
    },
  }
}
