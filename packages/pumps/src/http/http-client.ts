/** One address, spoken to over connections that are kept open. Headers, compression and the signature are put on here. */
import { createHmac } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Pool } from 'undici'
import { RetryableError } from '../errors.ts'
import { connectionFailureInWords } from './connection-failure.ts'
import { hideSecrets } from './hide-secrets.ts'
import { type HttpOptions, isTexts } from './http-options.ts'
import { firstOf, readRetryAfter } from './retry-after.ts'
import { clockGapInWords, readServerTime } from './server-time.ts'
import { readTlsFiles } from './tls.ts'

export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'HEAD'
  readonly body?: Buffer
  readonly contentType?: string
  /** The same for the same records. */
  readonly idempotencyKey?: string
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** What the server said, shortened, on one line, without what we sent it in confidence. */
  readonly text: string
  readonly location: string | undefined
  readonly retryAfterMs: number | undefined
  /** How far the server's clock is from ours, in words, where it matters: the signature says when it was made. */
  readonly clockGap: string | undefined
}

export interface HttpClient {
  /** Any answer. Throws the signal's reason when it aborts, RetryableError when there is none. */
  request(request: HttpRequest): Promise<HttpAnswer>
  /** Reads the files that are named, so that one that is missing is said. Throws RetryableError. */
  open(): Promise<void>
  /** Cuts what runs, releases every socket. Safe twice. */
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
/** Fast rather than small. */
const GZIP_LEVEL = 1
/** More of an answer is not read: it is for a person. */
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_SAID = 300
/** A secret is short; a bigger file is a mistake. */
const MAX_SECRET_BYTES = 64 * 1024
const MS_PER_SECOND = 1000
const gzipAsync = promisify(gzip)

export function createHttpClient(options: HttpOptions): HttpClient {
  const url = new URL(options.url)
  const fixed = isTexts(options.headers) ? options.headers : {}
  const files = isTexts(options.headerFiles) ? options.headerFiles : {}
  // The whole url is a secret, but what it leads to has a name: hooks keep theirs in the path or the query.
  const inUrl = [url.pathname + url.search, url.pathname, ...url.pathname.split('/'), ...url.searchParams.values()]
  const isSignedWithTime = options.signature.secret !== undefined && options.signature.timestamped
  let opening: Promise<Pool> | undefined
  let closed = false

  const openPool = async (): Promise<Pool> => {
    const { Pool } = await import('undici')
    const connect = { ...readTlsFiles(options.tls), timeout: CONNECT_TIMEOUT_MS }
    return new Pool(url.origin, { connections: options.connections, connect, headersTimeout: 0, bodyTimeout: 0 })
  }

  const opened = async (): Promise<Pool> => {
    if (closed) throw new RetryableError('the pump is closed')
    opening ??= openPool()
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  const headersFor = (request: HttpRequest, secret: Record<string, string>): Record<string, string> => {
    const { body, contentType, idempotencyKey } = request
    return {
      'user-agent': 'pumphouse',
      ...secret,
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(idempotencyKey !== undefined && { [options.idempotencyHeader]: idempotencyKey }),
      ...(body !== undefined && signatureOf(body, options.signature)),
    }
  }

  return {
    async request(request) {
      const { method, body, signal } = request
      signal.throwIfAborted()
      const pool = await opened()
      const secret = { ...fixed, ...(await readHeaderFiles(files)) }
      const headers = headersFor(request, secret)
      const isPacked = body !== undefined && options.compression
      const sent = isPacked ? await gzipAsync(body, { level: GZIP_LEVEL }) : body
      try {
        const answer = await pool.request({
          method,
          path: url.pathname + url.search,
          headers: { ...headers, ...(isPacked && { 'content-encoding': 'gzip' }) },
          signal,
          ...(sent !== undefined && { body: sent }),
        })
        return {
          status: answer.statusCode,
          // What it says behind its status changes nothing of it, not even when it ends in the middle.
          text: hideSecrets(await readSaid(answer.body).catch(() => ''), [...inUrl, ...Object.values(secret)]).slice(
            0,
            MAX_SAID,
          ),
          location: hostOf(firstOf(answer.headers['location'])),
          retryAfterMs: readRetryAfter(answer.headers, Date.now()),
          clockGap: isSignedWithTime
            ? clockGapInWords(readServerTime(firstOf(answer.headers['date'])), Date.now())
            : undefined,
        }
      } catch (error) {
        signal.throwIfAborted()
        throw new RetryableError(`http: ${url.host}: ${connectionFailureInWords(error)}`, { cause: error })
      }
    },
    async open() {
      await opened()
      await readHeaderFiles(files)
    },
    async close() {
      closed = true
      const pool = await opening?.catch(() => undefined)
      await pool?.destroy()
    },
  }
}

async function readHeaderFiles(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(files).map(async ([name, path]) => [name, await readSecret(name, path)] as const),
  )
  return Object.fromEntries(entries)
}

async function readSecret(name: string, path: string): Promise<string> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new RetryableError(`http: headerFiles.${name}: ${path} ${why}`, { cause })
  }
  try {
    if ((await stat(path)).size > MAX_SECRET_BYTES) refuse(`is larger than ${MAX_SECRET_BYTES} bytes`)
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (error instanceof RetryableError) throw error
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`, error)
  }
}

/** Over the body before it is compressed: what the receiver's framework hands on. */
function signatureOf(body: Buffer, { secret, header, timestamped }: HttpOptions['signature']): Record<string, string> {
  if (secret === undefined) return {}
  const hmac = createHmac('sha256', secret)
  const seconds = String(Math.floor(Date.now() / MS_PER_SECOND))
  if (timestamped) hmac.update(`${seconds}.`)
  const signature = { [header]: `sha256=${hmac.update(body).digest('hex')}` }
  return timestamped ? { ...signature, 'x-pumphouse-timestamp': seconds } : signature
}

/** The beginning of an answer, as one line. The connection is of no use any more when there is much more of it. */
async function readSaid(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > MAX_ANSWER_BYTES) break
  }
  const text = Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES)
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

/** Of another address no more than this is said: its path or query may be a secret as well. */
function hostOf(location: string | undefined): string | undefined {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : undefined
}
