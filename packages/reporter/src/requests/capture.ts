/**
 * Takes headers, query and bodies of requests into their records, as the options ask. Of a body: the beginning of what is text by its content type;
 * a compressed one is marked and counted, and stays as it is. Redaction comes later, in the lane, before anything leaves the process.
 */

import type { CaptureSettings } from '../capture-option.ts'
import { type BodyCollector, createBodyCollector } from './body-collector.ts'
import { tapRequest, tapResponse } from './body-taps.ts'
import { type CapturedContent, createContentChoice, matchesAny } from './captured-content.ts'
import type { RawRequest, RawResponse } from './outcome.ts'
import { type RequestRecord, urlOf } from './request-record.ts'
import { type GivenHeaders, sentHeader, sentHeaders } from './sent-headers.ts'

/** The capture of one request. */
export interface RequestCapture {
  /** writeHead was called with these headers. */
  noteHead(given: GivenHeaders | undefined): void
  /** Puts what was captured so far, and is wanted of its route, into the record; a field that is there stays as it is. */
  addTo(record: RequestRecord): void
}

/** Begins the capture of a request; undefined when nothing of it is wanted. `route`: its template, where it is known already. */
export type Capture = (
  request: RawRequest,
  response: RawResponse,
  path: string,
  route: string | undefined,
) => RequestCapture | undefined

const CHARSET = /;\s*charset="?([^\s;"]+)/i

/** Undefined when the options ask for nothing: then no request costs anything. */
export function createCapture(settings: CaptureSettings): Capture | undefined {
  const choice = createContentChoice(settings)
  const { most } = choice
  if (most === undefined) return undefined
  const isWantedPath = settings.paths.length === 0 ? () => true : matchesAny(settings.paths)

  return (request, response, path, route) => {
    if (!isWantedPath(path)) return undefined
    const known = route === undefined ? undefined : choice.of(route)
    const taken = route === undefined ? most : known
    if (taken === undefined) return undefined
    const { headers, method } = request
    const url = urlOf(request)
    let given: GivenHeaders | undefined
    const sent = (name: string): unknown => sentHeader(response, given, name)
    let received: BodyCollector | undefined
    let answered: BodyCollector | undefined
    if (taken.requestBody && hasBody(request)) {
      received = collector(
        taken,
        () => headers['content-type'],
        () => headers['content-encoding'],
      )
      tapRequest(request, received.onChunk)
    }
    if (taken.responseBody && method !== 'HEAD') {
      answered = collector(
        taken,
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
        const content = known ?? choice.of(record.route ?? record.path)
        if (content === undefined) return
        if (content.query) put(record, 'query', queryOf(url))
        if (content.requestHeaders) put(record, 'requestHeaders', withoutPseudoHeaders(headers))
        if (content.responseHeaders && response.headersSent)
          put(record, 'responseHeaders', withoutPseudoHeaders(sentHeaders(response, given)))
        if (content.requestBody) {
          putBody(record, 'requestBody', received, content, headers['content-type'], headers['content-encoding'])
        }
        if (content.responseBody) {
          putBody(record, 'responseBody', answered, content, sent('content-type'), sent('content-encoding'))
        }
      },
    }
  }
}

function collector(
  { maxBodyBytes, wantsType }: CapturedContent,
  typeOf: () => unknown,
  encodingOf: () => unknown,
): BodyCollector {
  return createBodyCollector(maxBodyBytes, () => wantsType(mediaType(typeOf())) && !isCompressed(encodingOf()))
}

/** What the application said of it goes before what was seen. */
function put(record: RequestRecord, name: string, value: RequestRecord[string]): void {
  if (!(name in record)) record[name] = value
}

function putBody(
  record: RequestRecord,
  name: 'requestBody' | 'responseBody',
  body: BodyCollector | undefined,
  { maxBodyBytes, wantsType }: CapturedContent,
  contentType: unknown,
  contentEncoding: unknown,
): void {
  const bytes = body?.bytes() || undefined
  const encoding = bytes !== undefined && isCompressed(contentEncoding) ? String(contentEncoding) : undefined
  const kept = bytes !== undefined && encoding === undefined && wantsType(mediaType(contentType)) ? body : undefined
  // Also what is undefined: records of one form are rows of one table.
  put(record, name, kept?.text(CHARSET.exec(String(contentType))?.[1], maxBodyBytes))
  put(record, `${name}Bytes`, bytes)
  put(record, `${name}Truncated`, kept?.truncated(maxBodyBytes) ? true : undefined)
  put(record, `${name}Encoding`, encoding)
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

/** What is behind the question mark; absent when nothing is. */
function queryOf(url: string): string | undefined {
  const start = url.indexOf('?')
  return start < 0 || start === url.length - 1 ? undefined : url.slice(start + 1)
}

/** HTTP/2 hands out `:path` and its like among the headers. */
function withoutPseudoHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')))
}
