import { errorMessage } from '@pumphouse/options/error-message'
import type { Lane } from './lane.ts'
import type { LaneOrder, LaneSettings } from './lane-messages.ts'
import type { LaneRunner, RunnerListener } from './lane-runner.ts'

/** The client as far as this file uses it. */
interface Client {
  on(event: 'connecting' | 'connect' | 'reconnecting', listener: () => void): unknown
  readonly stream?: { unref(): unknown } | undefined
}

/**
 * A lane on the application's thread: for poolSize 0, and when threads keep dying. The Redis client is loaded only now, so that an
 * application whose lanes are threads never has it. Neither the connection nor the wait for the next keeps the process alive.
 */
export function startSameThreadRunner(settings: LaneSettings, listener: RunnerListener): LaneRunner {
  let lane: Lane | undefined
  let current = settings
  let early: LaneOrder[] = []
  let ended = false

  async function start(): Promise<void> {
    const { createLane } = await import('./lane.ts')
    if (ended) return
    lane = createLane(current, event => ended || listener.onEvent(event), letProcessEnd)
    for (const order of early) lane.accept(order)
    early = []
  }

  start().catch((error: unknown) => {
    if (!ended) listener.onDeath(errorMessage(error))
  })

  return {
    post(order) {
      if (lane === undefined) early.push(order)
      else lane.accept(order)
    },
    change(change) {
      current = { ...current, ...change }
      lane?.change(change)
    },
    note(note) {
      lane?.note(note)
    },
    async end() {
      ended = true
      lane?.end()
    },
  }
}

/** ioredis has no option for this. Its timer is a private field; should it go away, only an idle process would end later. */
function letProcessEnd(client: Client): void {
  const unref = (): unknown => client.stream?.unref()
  // The socket is made some turns after the client says that it is connecting.
  client.on('connecting', () => setImmediate(unref))
  client.on('connect', unref)
  client.on('reconnecting', () => {
    const timer: unknown = Reflect.get(client, 'reconnectTimeout')
    if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
  })
}
