/** What needs a look, on very many texts; examples of what needs none are in suspicion.test.ts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSuspicious, isSuspiciousIn } from './suspicion.ts'

/** What must be looked into, as one expression: slow, but easy to read. */
const SECRETS =
  /pass|pwd|secret|token|credential|cookie|authorization|jwt|(?:api|access|private)(?:[-_\s+]|%20)?key|card(?:[-_\s+]|%20)?number|credit(?:[-_\s+]|%20)?card|s(?:[-_\s+]|%20)?id\b|cv[vc]|session|websocket|(?:key|auth|sig(?:nature)?)=|%(?:25|[4-7])|\\u00|\d(?:(?:[ +.-]|%20)?\d){12}|bearer|basic|eyJ|:\/\/[^/]{0,256}@/i
const BASE64 = /^[A-Za-z0-9+/_-]{24,}={0,2}$/
/** A word whose every first of four characters, as far as they are looked at, is that of a byte of ASCII. */
const BASE64_WORD = /(?<![A-Za-z0-9+/_-])(?:[A-Za-f][A-Za-z0-9+/_-]{3}){3}[A-Za-z0-9+/_-]{12}/
/** Only an equals sign in the middle tells them apart. */
const BASE64_SIGNS = /^[A-Za-z0-9+/_=-]{24,}$/

const inBytes = (text: string): boolean => {
  const bytes = Buffer.from(`ÿ${text}ÿ`)
  return isSuspiciousIn(bytes, 2, bytes.length - 2)
}

/** Parts of secrets, so that whole ones, almost whole ones and overlapping ones come about. */
const parts = fc.constantFrom(
  ...'pass PASS pwd sec ret secret to ken credential cookie auth authorization sig nature = jwt api access private key card number credit s id ses sion web socket cvv cv'.split(
    ' ',
  ),
  ...'aGVsbG8gdGhlcmUg QmFzZTY0 %4 %20 %7B \\u00 \\u01 bearer bas ic eyJ :// / @ - _ + . 1 23 456 7890 é K'.split(' '),
  ' ',
  '\t',
  '\u00a0',
)
const texts = fc.oneof(
  { weight: 5, arbitrary: fc.array(parts, { maxLength: 12 }).map(found => found.join('')) },
  fc.string({ unit: 'grapheme' }),
)

test('whatever the search would find a secret in is looked into, as a text and as bytes', () => {
  let found = 0
  fc.assert(
    fc.property(texts, text => {
      if (BASE64.test(text)) expect(inBytes(text), text).toBe(true)
      if (!SECRETS.test(text) && !BASE64_WORD.test(text)) return
      found++
      expect(isSuspicious(text), text).toBe(true)
      expect(inBytes(text), text).toBe(true)
    }),
    { numRuns: 20_000 },
  )
  expect(found).toBeGreaterThan(2_000)
})

test('of ASCII without a URL or many digits it looks into nothing else', () => {
  let passed = 0
  fc.assert(
    fc.property(texts, text => {
      const isOther =
        /[\u0080-\uffff]|:\/\/|\d\D*\d(?:\D*\d){8}/.test(text) || BASE64_SIGNS.test(text) || BASE64_WORD.test(text)
      if (isOther || SECRETS.test(`${text}\n`)) return
      // Before a letter `sid` and the like are no names, and cost a look.
      if (/s(?:[-_\s+]|%20)?id/i.test(text)) return
      passed++
      expect(isSuspicious(text), text).toBe(false)
      expect(inBytes(text), text).toBe(false)
    }),
    { numRuns: 20_000 },
  )
  expect(passed).toBeGreaterThan(2_000)
})
