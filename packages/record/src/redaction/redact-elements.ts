/**
 * Elements of XML inside of a text, also of one that was cut. Their values end
 *
 *   at the end tag of their name, whatever stands before it: other elements, CDATA
 *   where there is none, at the next tag; or with the text, when they begin with a tag or are CDATA that nothing closes
 *
 * All tags are read once, so it takes time by the length of the text.
 */
import type { Replacer } from './redact-pairs.ts'
import { REDACTED } from './redact-rules.ts'

/** One of an element that is not empty has no `/` before its end. */
const START_TAG = /<([\w:.-]{1,128})(?:\s[^<>]*)?>/g
const END_TAG = /<\/([\w:.-]{1,128})(?=[\s>]|$)/g
const CDATA = /\s*<!\[CDATA\[/y
const CDATA_END = ']]>'
/** An element inside of which another begins; in a text that was cut the end tags may be missing. */
const OUTER_TAG = /<([\w:.-]{1,128})(?:\s[^<>]*)?>(?=\s*<)/g
const ANY_TAG = /<([\w:.-]{1,128})/g

/** The text with the values of its elements as `replacerOf` wants them, which is given names without their prefix. */
export function replaceElements(text: string, replacerOf: (name: string) => Replacer | undefined): string {
  let result = ''
  let done = 0
  let endTags: EndTags | undefined
  START_TAG.lastIndex = 0
  for (let tag = START_TAG.exec(text); tag !== null; tag = START_TAG.exec(text)) {
    const name = tag[1]!
    const replacer = tag[0].endsWith('/>') ? undefined : replacerOf(localName(name))
    if (replacer === undefined) continue
    endTags ??= findEndTags(text)
    const { start, end } = contentFrom(START_TAG.lastIndex, text, name, endTags)
    if (text.startsWith(REDACTED, start) || text.slice(start, end).trim() === '') continue
    result += text.slice(done, start) + replacer.replace(text.slice(start, end))
    done = end
    START_TAG.lastIndex = end
  }
  return done === 0 ? text : result + text.slice(done)
}

/** Whether one of these elements holds others, as far as can be told: where no element ends in the text, only by what it begins with. */
export function holdsElement(text: string, isOuter: (name: string) => boolean): boolean {
  for (const [, name] of text.matchAll(text.includes('</') ? ANY_TAG : OUTER_TAG)) {
    if (isOuter(localName(name!))) return true
  }
  return false
}

/** What finds the first end tag of a name from a place on; the places it is asked for must grow. */
type EndTags = (name: string, from: number) => number | undefined

function findEndTags(text: string): EndTags {
  const places = new Map<string, { readonly at: number[]; next: number }>()
  for (const { 1: name, index } of text.matchAll(END_TAG)) {
    const known = places.get(name!)
    if (known === undefined) places.set(name!, { at: [index], next: 0 })
    else known.at.push(index)
  }
  return (name, from) => {
    const known = places.get(name)
    if (known === undefined) return undefined
    while (known.next < known.at.length && known.at[known.next]! < from) known.next++
    return known.at[known.next]
  }
}

function contentFrom(from: number, text: string, name: string, endTags: EndTags): { start: number; end: number } {
  CDATA.lastIndex = from
  if (CDATA.test(text)) {
    const start = CDATA.lastIndex
    const closed = text.indexOf(CDATA_END, start)
    if (closed < 0) return { start, end: text.length }
    const end = endTags(name, closed) ?? text.length
    return { start, end: text.endsWith(CDATA_END, end) ? end - CDATA_END.length : end }
  }
  const end = endTags(name, from)
  if (end !== undefined) return { start: from, end }
  const next = text.indexOf('<', from)
  const isInner = next >= 0 && text[next + 1] !== '/' && text.slice(from, next).trim() === ''
  return { start: from, end: next < 0 || isInner ? text.length : next }
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}
