/** What the shared cases ask of an application, whatever framework it is made with. */

import type { RequestListener, Server } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { RecordInput, Reporter } from '../../src/reporter.ts'

/** How one application is set up for one case. */
export interface Setup {
  readonly reporter: Reporter
  /** No record of requests whose path it is. */
  readonly skippedPath?: string
  /** What `enrich` returns. */
  readonly fields?: RecordInput
  /** The framework is told to trust the proxy before it. */
  readonly trustProxy?: boolean
  /** How often the adapter is installed. */
  readonly times: number
  /** To be called when a request has reached `/never` or `/upload`. */
  readonly onArrival: () => void
}

/** Makes the server that the application is to answer on. */
export type CreateServer = (listener: RequestListener) => Server | Http2Server

/** Ends what the framework has open; the server is the case's. */
export type Close = () => Promise<unknown>

/**
 * An adapter with a framework that it is for. Its application, with the adapter before everything:
 *
 * | request | answer |
 * |---|---|
 * | GET /orders/:id | JSON |
 * | GET /shop/items/:item | text, from a router that is mounted or has a prefix |
 * | GET /throws | a handler that throws a RangeError |
 * | POST /upload | reads the body to its end, then answers 200 |
 * | GET /stream | three chunks, as the framework streams |
 * | GET /events | an event, and then nothing more, as the framework streams |
 * | GET /large | LARGE_BYTES in one piece |
 * | GET /never | nothing |
 * | any /raw/:scenario | what the scenario of raw-scenarios.ts does |
 */
export interface AdapterTarget {
  readonly name: string
  readonly start: (setup: Setup, createServer: CreateServer) => Promise<Close>
}

/** More than the buffers of a connection hold. */
export const LARGE_BYTES = 50_000_000

/** What `/stream` sends. */
export const CHUNKS: readonly string[] = ['one\n', 'two\n', 'three\n']

/** What `/events` sends. */
export const EVENT = 'data: 1\n\n'
