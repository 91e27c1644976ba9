import fc from 'fast-check'

/** Any character of Unicode; the halves of a pair are none. */
const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map(point => String.fromCodePoint(point))

/** Texts of any characters. What fast-check itself offers for that makes a table of all of them first, which takes a second. */
export const anyText = fc.string({ unit: anyCharacter })
