/**
 * The nodes of a cluster, one of which answers a request.
 *
 *   up ── no connection, 502, 503, 504, or a request that its signal cut ──▶ down for 1 s, doubling up to 60 s ── its time is over ──▶ up, for one request
 *      ◀── any other answer ──┘
 *
 * A request goes to the nodes that are up in turn. When one fails, the next is asked at once, each at most once: what is
 * created by id may be sent twice. When all are down the one whose time is over first is asked: it may be back.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Pool } from 'undici'
import { RetryableError } from '../errors.ts'
import { connectionFailureInWords } from '../http/connection-failure.ts'
import { hideSecrets } from '../http/hide-secrets.ts'
import { firstOf, readRetryAfter } from '../http/retry-after.ts'
import type { TlsFiles } from '../http/tls.ts'

export interface SearchRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With its query. */
  readonly path: string
  readonly body?: Buffer
  /** Of the body: lines of JSON; otherwise JSON. */
  readonly ndjson?: boolean
  readonly signal: AbortSignal
}

export interface SearchAnswer {
  /** Where it came from: host and port. */
  readonly node: string
  readonly status: number
  /** The body, undefined when it is no JSON. */
  readonly json: unknown
  /** What Elasticsearch says it is; OpenSearch says nothing. */
  readonly product: string | undefined
  /** Where a redirect leads to; its path may be a secret. */
  readonly location: string | undefined
  readonly retryAfterMs: number | undefined
}

export interface SearchNodes {
  /** The first answer that is not a failing node's. Throws the signal's reason when it aborts, RetryableError when no node answers. */
  request(request: SearchRequest): Promise<SearchAnswer>
  /** Cuts what runs, releases every socket. Safe twice; nothing can be asked after. */
  close(): Promise<void>
}

export interface NodesOptions {
  readonly addresses: readonly string[]
  readonly authorization: string | undefined
  readonly compression: boolean
  /** Asked for when the first request is made. */
  readTls(): TlsFiles
}

interface Node {
  readonly name: string
  readonly prefix: string
  readonly pool: Pool
  downUntil: number
  downForMs: number
}

/** A host that swallows packets must not use up the time of a whole write: there may be another node. */
const CONNECT_TIMEOUT_MS = 3_000
const FIRST_DOWN_MS = 1_000
const MAX_DOWN_MS = 60_000
/** A write is one request at a time; one that was cut may still be on its way out. */
const CONNECTIONS = 2
/** An item of an answer takes some 30 bytes, a refused one with its reasons up to a few thousand. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const OK = 200
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])
/** Fast rather than small: a network that needs more is slow enough to notice. */
const GZIP_LEVEL = 1
const gzipAsync = promisify(gzip)

export function createNodes({ addresses, authorization, compression, readTls }: NodesOptions): SearchNodes {
  let opening: Promise<readonly Node[]> | undefined
  let closed = false
  let turn = 0

  const open = async (): Promise<readonly Node[]> => {
    const { Pool } = await import('undici')
    const connect = { ...readTls(), timeout: CONNECT_TIMEOUT_MS }
    return addresses.map(address => {
      const url = new URL(address)
      // How long anything may take is the business of the signal.
      const pool = new Pool(url.origin, {
        connections: CONNECTIONS,
        connect,
        headersTimeout: 0,
        bodyTimeout: 0,
        maxResponseSize: MAX_ANSWER_BYTES,
      })
      return { name: url.host, prefix: url.pathname.replace(/\/$/, ''), pool, downUntil: 0, downForMs: FIRST_DOWN_MS }
    })
  }

  const opened = async (): Promise<readonly Node[]> => {
    if (closed) throw new RetryableError('the pump is closed')
    opening ??= open()
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  const pick = (nodes: readonly Node[], tried: ReadonlySet<Node>): Node | undefined => {
    turn += 1
    const inTurn = nodes.map((_, i) => nodes[(i + turn) % nodes.length]!).filter(node => !tried.has(node))
    const now = performance.now()
    return inTurn.find(node => node.downUntil <= now) ?? inTurn.sort((a, b) => a.downUntil - b.downUntil)[0]
  }

  const send = async (node: Node, { method, path, body, ndjson, signal }: SearchRequest): Promise<SearchAnswer> => {
    const encoded = body !== undefined && compression ? await gzipAsync(body, { level: GZIP_LEVEL }) : body
    const headers = {
      accept: 'application/json',
      'user-agent': 'pumphouse',
      ...(body !== undefined && { 'content-type': ndjson ? 'application/x-ndjson' : 'application/json' }),
      ...(encoded !== body && { 'content-encoding': 'gzip' }),
      ...(authorization !== undefined && { authorization }),
    }
    const given = { method, path: node.prefix + path, headers, signal, ...(encoded !== undefined && { body: encoded }) }
    const answer = await node.pool.request(given)
    return {
      node: node.name,
      status: answer.statusCode,
      json: jsonOf(shown(answer.statusCode, await answer.body.text())),
      product: firstOf(answer.headers['x-elastic-product']),
      location: originOf(firstOf(answer.headers['location'])),
      retryAfterMs: readRetryAfter(answer.headers, Date.now()),
    }
  }

  /** A gateway may quote what it was sent; what a node says of records it took is its own. */
  const shown = (status: number, text: string): string =>
    status === OK || authorization === undefined ? text : hideSecrets(text, [authorization])

  return {
    async request(request) {
      const { signal } = request
      signal.throwIfAborted()
      const nodes = await opened()
      const tried = new Set<Node>()
      let last: SearchAnswer | undefined
      let failure: RetryableError | undefined
      for (let node = pick(nodes, tried); node; node = pick(nodes, tried)) {
        tried.add(node)
        try {
          const answer = await send(node, request)
          if (!AWAY_STATUSES.has(answer.status)) {
            setUp(node)
            return answer
          }
          last ??= answer
        } catch (error) {
          failure ??= new RetryableError(`${node.name}: ${connectionFailureInWords(error)}`, { cause: error })
        }
        setDown(node)
        signal.throwIfAborted()
      }
      if (last) return last
      throw failure ?? new RetryableError('there is no node')
    },
    async close() {
      closed = true
      const nodes = await opening?.catch(() => [])
      await Promise.all((nodes ?? []).map(({ pool }) => pool.destroy()))
    },
  }
}

function setUp(node: Node): void {
  node.downUntil = 0
  node.downForMs = FIRST_DOWN_MS
}

function setDown(node: Node): void {
  node.downUntil = performance.now() + node.downForMs
  node.downForMs = Math.min(node.downForMs * 2, MAX_DOWN_MS)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function originOf(location: string | undefined): string | undefined {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined
}
