/**
 * Takes headers, query and bodies of requests into their records, as the options ask. Of a body: the beginning of what is text by its content type;
 * a compressed one is marked and counted, and stays as it is. Redaction comes later, in the lane, before anything leaves the process.
 */

import { compileGlob } from '@pumphouse/record'
import type { LoadedReporterOptions } from '../option-schema.ts'
import { type BodyCollector, createBodyCollector } from './body-collector.ts'
import { tapRequest, tapResponse } from './body-taps.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import type { RequestRecord } from './request-record.ts'
import { type GivenHeaders, sentHeader, sentHeaders } from './sent-headers.ts'

/** The section `capture` of the options. */
export type CaptureOptions = LoadedReporterOptions['capture']

/** The capture of one request. */
export interface RequestCapture {
  /** writeHead was called with these headers. */
  noteHead(given: GivenHeaders | undefined): void
  /** Puts what was captured so far into the record. Never throws. */
  addTo(record: RequestRecord): void
}

/** Begins the capture of a request; undefined when nothing of it is wanted. */
export type Capture = (request: RawRequest, response: RawResponse, path: string) => RequestCapture | undefined

/** A captured body in a record. */
interface BodyFields {
  readonly text: string | undefined
  readonly bytes: number
  readonly truncated: true | undefined
  readonly encoding: string | undefined
}

const CHARSET = /;\s*charset="?([^\s;"]+)/i

/** Undefined when the options ask for nothing: then no request costs anything. */
export function createCapture(options: CaptureOptions): Capture | undefined {
  const { requestHeaders, responseHeaders, query, requestBody, responseBody, paths, maxBodyBytes } = options
  if (!(requestHeaders || responseHeaders || query || requestBody || responseBody)) return undefined
  const isWantedPath = paths.length === 0 ? () => true : matchesAny(paths)
  const isWantedType = matchesAny(options.contentTypes)

  function collector(typeOf: () => unknown, encodingOf: () => unknown): BodyCollector {
    return createBodyCollector(maxBodyBytes, () => isWantedType(mediaType(typeOf())) && !isCompressed(encodingOf()))
  }

  return (request, response, path) => {
    if (!isWantedPath(path)) return undefined
    const { headers, method } = request
    const url = originalUrl(request)
    let given: GivenHeaders | undefined
    const sent = (name: string): unknown => sentHeader(response, given, name)
    let received: BodyCollector | undefined
    let answered: BodyCollector | undefined
    if (requestBody && hasBody(request)) {
      received = collector(
        () => headers['content-type'],
        () => headers['content-encoding'],
      )
      tapRequest(request, received.onChunk)
    }
    if (responseBody && method !== 'HEAD') {
      answered = collector(
        () => sent('content-type'),
        () => sent('content-encoding'),
      )
      tapResponse(response, answered.onChunk)
    }

    return {
      noteHead(headersOfHead) {
        given = headersOfHead
      },
      addTo(record) {
        if (query) record['query'] = queryOf(url)
        if (requestHeaders) record['requestHeaders'] = withoutPseudoHeaders(headers)
        if (responseHeaders && response.headersSent) record['responseHeaders'] = sentHeaders(response, given)
        const body = received && fieldsOf(received, headers['content-type'], headers['content-encoding'])
        record['requestBody'] = body?.text
        record['requestBodyBytes'] = body?.bytes
        record['requestBodyTruncated'] = body?.truncated
        record['requestBodyEncoding'] = body?.encoding
        const reply = answered && fieldsOf(answered, sent('content-type'), sent('content-encoding'))
        record['responseBody'] = reply?.text
        record['responseBodyBytes'] = reply?.bytes
        record['responseBodyTruncated'] = reply?.truncated
        record['responseBodyEncoding'] = reply?.encoding
      },
    }
  }

  function fieldsOf(body: BodyCollector, contentType: unknown, contentEncoding: unknown): BodyFields | undefined {
    if (body.bytes === 0) return undefined
    const compressed = isCompressed(contentEncoding)
    const kept = !compressed && isWantedType(mediaType(contentType))
    return {
      text: kept ? body.text(CHARSET.exec(String(contentType))?.[1]) : undefined,
      bytes: body.bytes,
      truncated: kept && body.truncated ? true : undefined,
      encoding: compressed ? String(contentEncoding) : undefined,
    }
  }
}

/** HTTP/1 says in its headers whether there is a body; HTTP/2 need not. */
function hasBody({ headers, httpVersionMajor }: RawRequest): boolean {
  if (httpVersionMajor >= 2) return true
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
}

function mediaType(contentType: unknown): string {
  return typeof contentType === 'string' ? (contentType.split(';', 1)[0] ?? '').trim().toLowerCase() : ''
}

function isCompressed(contentEncoding: unknown): boolean {
  return contentEncoding !== undefined && contentEncoding !== '' && contentEncoding !== 'identity'
}

function originalUrl(request: RawRequest & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '')
}

/** What is behind the question mark; absent when nothing is. */
function queryOf(url: string): string | undefined {
  const start = url.indexOf('?')
  return start < 0 || start === url.length - 1 ? undefined : url.slice(start + 1)
}

/** HTTP/2 hands out `:path` and its like among the headers. */
function withoutPseudoHeaders(headers: RawRequest['headers']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}

function matchesAny(patterns: readonly string[]): (name: string) => boolean {
  const compiled = patterns.map(compileGlob)
  return name => compiled.some(matches => matches(name))
}
