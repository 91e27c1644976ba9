import type { CollectingReporter } from '../collecting-reporter.ts'
import type { Setup } from './target.ts'

/** What a case does with the application before it. */
export interface Given {
  readonly reporter: CollectingReporter
  /** Starts the application on a server; resolves with its port. */
  serve(setup?: ServerSetup): Promise<number>
  /** A request has reached `/never` or `/upload`. */
  readonly arrival: Promise<void>
}

/** What a case may ask of the application and its server. */
export type ServerSetup = Partial<Omit<Setup, 'onArrival'>> & {
  /** Milliseconds in which a request must have come in. */
  readonly requestTimeoutMs?: number
  /** Milliseconds after which a connection on which nothing moves is given up. */
  readonly idleTimeoutMs?: number
  readonly http2?: boolean
  readonly tls?: boolean
  /** The application takes every upgrade, and ends it. */
  readonly upgrades?: boolean
  /** The server is instrumented before the application gets it. */
  readonly instrumented?: boolean
}

/** A row of what every adapter must say of a request. */
export interface AdapterCase {
  readonly name: string
  run(given: Given): Promise<void>
}
