/**
 * Words of Base64 inside of a text, as states of logins are in a query. Each of the first, fifth and ninth characters begins three bytes, and stands in a certain range as
 * those are ASCII in names and values: that tells most words of people, paths and ids from it.
 */
import { BASE64_SIGNS, insideBase64, isBase64Sign, MIN_BASE64_LENGTH } from './redact-encodings.ts'

const FIRST = 'A-Za-f'
const FIRST_THREE_BYTES = `(?:[${FIRST}][${BASE64_SIGNS}]{3}){3}`
const WORDS = new RegExp(
  `(?<![${BASE64_SIGNS}])${FIRST_THREE_BYTES}[${BASE64_SIGNS}]{${MIN_BASE64_LENGTH - 12},}={0,2}`,
  'g',
)
const PADDING = '='.charCodeAt(0)
/** For each byte of ASCII whether it may be the first of its four. */
const isFirst = Uint8Array.from({ length: 0x80 }, (_, code) =>
  new RegExp(`[${FIRST}]`).test(String.fromCharCode(code)) ? 1 : 0,
)

/** The text with the content of its words of Base64 redacted. */
export function insideBase64Words(text: string, redact: (content: string) => string): string {
  return hasBase64Word(text) ? text.replace(WORDS, word => insideBase64(word, redact)) : text
}

/** Whether a word of the text may be Base64. */
export function hasBase64Word(text: string): boolean {
  if (text.length < MIN_BASE64_LENGTH) return false
  const bytes = Buffer.from(text)
  return hasBase64WordIn(bytes, 0, bytes.length)
}

/** The same for a text that is bytes[start, end). Of each stretch as long as the shortest word the last byte is looked at first: most are none of Base64. */
export function hasBase64WordIn(bytes: Uint8Array, start: number, end: number): boolean {
  for (let word = start; word + MIN_BASE64_LENGTH <= end; ) {
    let other = word + MIN_BASE64_LENGTH - 1
    while (other >= word && isOfWord(bytes[other]!)) other--
    if (other < word) {
      if (isFirst[bytes[word]!] === 1 && isFirst[bytes[word + 4]!] === 1 && isFirst[bytes[word + 8]!] === 1) return true
      other = word + MIN_BASE64_LENGTH
      while (other < end && isOfWord(bytes[other]!)) other++
    }
    word = other + 1
  }
  return false
}

function isOfWord(byte: number): boolean {
  return isBase64Sign[byte] === 1 && byte !== PADDING
}
