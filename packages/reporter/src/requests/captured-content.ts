/**
 * Of which requests what is captured. A rule goes by the template of the route, which most frameworks find long after the body must be looked at: until it is known, all
 * that any rule wants is taken, within the largest of the caps; when it is known, what no rule asked for is let go.
 */

import { compileGlob } from '@pumphouse/record'
import type { CaptureSettings } from '../capture-option.ts'

/** What is wanted of one request. */
export interface CapturedContent {
  readonly requestHeaders: boolean
  readonly responseHeaders: boolean
  readonly query: boolean
  readonly requestBody: boolean
  readonly responseBody: boolean
  readonly maxBodyBytes: number
  /** By media type, in lower case and without parameters. */
  readonly wantsType: (mediaType: string) => boolean
}

/** What is wanted of all of them. */
export interface ContentChoice {
  /** Of a request of whose route nothing is known: whatever any rule may want of it. Undefined: nothing of any request. */
  readonly most: CapturedContent | undefined
  /** `place`: the template of the route, or the path where there is none. Undefined: nothing. */
  of(place: string): CapturedContent | undefined
}

/** `paths` is not looked at here. */
export function createContentChoice({ rules, ...all }: CaptureSettings): ContentChoice {
  const base = contentOf(all)
  const compiled = rules.map(({ route, ...said }) => ({
    matches: compileGlob(route),
    content: contentOf({ ...all, ...withoutGaps(said) }),
  }))
  const wanted = [base, ...compiled.map(({ content }) => content)].filter(content => content !== undefined)
  return {
    most: wanted.length === 0 ? undefined : wanted.reduce(union),
    of(place) {
      for (const { matches, content } of compiled) if (matches(place)) return content
      return base
    },
  }
}

/** Undefined: nothing is wanted. */
function contentOf(settings: Omit<CaptureSettings, 'rules' | 'paths'>): CapturedContent | undefined {
  const { requestHeaders, responseHeaders, query, requestBody, responseBody, maxBodyBytes } = settings
  if (!(requestHeaders || responseHeaders || query || requestBody || responseBody)) return undefined
  const wantsType = matchesAny(settings.contentTypes)
  return { requestHeaders, responseHeaders, query, requestBody, responseBody, maxBodyBytes, wantsType }
}

function union(a: CapturedContent, b: CapturedContent): CapturedContent {
  return {
    requestHeaders: a.requestHeaders || b.requestHeaders,
    responseHeaders: a.responseHeaders || b.responseHeaders,
    query: a.query || b.query,
    requestBody: a.requestBody || b.requestBody,
    responseBody: a.responseBody || b.responseBody,
    maxBodyBytes: Math.max(a.maxBodyBytes, b.maxBodyBytes),
    wantsType: type => a.wantsType(type) || b.wantsType(type),
  }
}

/** Whether one of the patterns matches. */
export function matchesAny(patterns: readonly string[]): (name: string) => boolean {
  const compiled = patterns.map(compileGlob)
  return name => compiled.some(matches => matches(name))
}

/** A key that is there and undefined says nothing. */
function withoutGaps<T extends object>(said: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof withoutGaps<T>
  >
}
