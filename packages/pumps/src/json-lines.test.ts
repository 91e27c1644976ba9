import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonLine } from './json-line.ts'
import { jsonLines } from './json-lines.ts'

/** Texts made of what could be taken for the space between two records. */
const traps = fc.constantFrom(
  '},"",{',
  '},"',
  '"",{',
  '{',
  '}',
  ',',
  '"',
  '\\',
  '',
  '\n',
  '\\"',
  '},\\"\\",{',
  'a',
  '[',
)
const trapText = fc.array(traps, { maxLength: 4 }).map(parts => parts.join(''))
const scalar = fc.oneof(trapText, fc.integer(), fc.boolean(), fc.constant(null))
const special = fc.oneof(fc.bigInt(), fc.uint8Array({ maxLength: 4 }), fc.date())
const value = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: special },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.dictionary(trapText, tie('value'), { maxKeys: 3 }) },
  ),
})).value
const batches = fc.array(fc.dictionary(trapText, value, { maxKeys: 4 }), { minLength: 1, maxLength: 6 })

test('gives exactly the lines of the records one by one, whatever their keys and texts look like', () => {
  fc.assert(
    fc.property(batches, batch => {
      expect(jsonLines(batch).chunks.join('')).toBe(batch.map(record => `${jsonLine(record)}\n`).join(''))
    }),
    { numRuns: 2_000 },
  )
})

test('gives the lines of a batch of several groups in order, with odd records among them', () => {
  const batch = Array.from({ length: 1_000 }, (_, i) => (i % 300 === 7 ? { i, big: 1n, list: [{}, '', {}] } : { i }))
  const lines = jsonLines(batch).chunks.join('').trimEnd().split('\n')
  expect(lines).toEqual(batch.map(record => jsonLine(record)))
})

test('rejects a record that has no line by its position in the batch, and writes its group', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const batch = Array.from({ length: 300 }, (_, i) => (i === 200 ? cycle : { i }))
  const { chunks, rejected } = jsonLines(batch)
  expect(rejected).toMatchObject([{ index: 200, reason: 'unserializable' }])
  expect(chunks.join('').trimEnd().split('\n')).toHaveLength(299)
})
