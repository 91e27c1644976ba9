import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trim } from './trim.ts'

const to16 = trim({ maxBytes: 16, fields: [] })

test.each([
  ['short', 'short'],
  ['0123456789abcdef', '0123456789abcdef'],
  ['0123456789abcdefg', '0123456789abc…'],
  ['éééééééé', 'éééééééé'],
  ['ééééééééé', 'éééééé…'],
  ['aééééééééé', 'aéééééé…'],
  ['日本語日本語', '日本語日…'],
  ['👩‍👩‍👧 👩‍👩‍👧', '👩‍👩…'],
])('%j is cut to %j', (text, expected) => {
  expect(to16({ text })).toEqual({ text: expected })
})

test('a text that was cut is whole characters of its beginning, within the limit, and one that fits is untouched', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 16, max: 80 }), (text, maxBytes) => {
      const { cut } = trim({ maxBytes, fields: [] })({ cut: text }) as { cut: string }
      if (Buffer.byteLength(text) <= maxBytes) {
        expect(cut).toBe(text)
        return
      }
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
      expect(Buffer.byteLength(cut)).toBeGreaterThan(maxBytes - 4)
      expect(text.startsWith(cut.slice(0, -1))).toBe(true)
      expect(cut).not.toContain('\ufffd')
    }),
  )
})

test('texts and bytes are cut wherever they stand; the shared record keeps them', () => {
  const long = 'x'.repeat(20)
  const record = Object.freeze({
    id: long,
    a: Object.freeze([{ b: long }, 1]),
    bytes: new Uint8Array(20),
    at: new Date(0),
    n: null,
  })
  const short = 'xxxxxxxxxxxxx…'
  expect(to16(record)).toEqual({ id: long, a: [{ b: short }, 1], bytes: new Uint8Array(16), at: new Date(0), n: null })
  expect(record.a[0]).toEqual({ b: long })
})

test('with fields only these are cut, with all that is in them', () => {
  const long = 'x'.repeat(20)
  const trimmed = trim({ maxBytes: 16, fields: ['a'] })({ a: { b: long }, c: long })
  expect(trimmed).toEqual({ a: { b: 'xxxxxxxxxxxxx…' }, c: long })
})

test('a record with nothing too long is not copied', () => {
  const record = { a: 'short', b: { c: ['short'] } }
  expect(to16(record)).toBe(record)
})
