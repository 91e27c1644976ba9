import type { AnalyticsRecord } from '@pumphouse/record'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedOf } from '../../test/policy-model.ts'
import type { Condition, Pattern, RecordPolicies } from '../config/policies.ts'
import { compilePolicy } from './record-policy.ts'

const NAMES = ['a', 'b', 'ab', 'c', 'tags', 'request', 'request.a', 'weight', 'constructor']
const TEXTS = ['', 'Bearer abcdefghijklmnop', 'a', 'ab', 'abc', 'GET', '404', 'é'.repeat(12), '日本語'.repeat(5)]
const name = fc.constantFrom(...NAMES)
const text = fc.constantFrom(...TEXTS)

const leaf = fc.oneof(
  text,
  fc.constantFrom(0, 1, 0.5, 200, 404, 503, -1, true, false, null, 10n),
  fc.uint8Array({ maxLength: 20 }),
)
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    leaf,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(name, tie('any'), { maxKeys: 3 }),
  ),
})).any
const records = fc
  .array(fc.dictionary(name, value, { noNullPrototype: true }), { maxLength: 12 })
  .map(list => list.map((fields, i) => ({ ...fields, id: `69203f00${i.toString(16).padStart(16, '0')}` })))

const pattern = fc.letrec<{ any: Pattern }>(tie => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.constantFrom<Pattern>('a', 'a*', '*b*', '2xx', '5xx', '404', 404, 1, true, '*'),
    fc.constantFrom<Pattern>({ regex: '^a' }, { regex: '4$' }, { min: 1 }, { max: 0.5 }, { min: 0, max: 300 }),
    fc.boolean().map(exists => ({ exists })),
    fc.array(tie('any'), { minLength: 1, maxLength: 2 }).map(not => ({ not })),
  ),
})).any
// A dotted name reads into mappings; that has tests of its own.
const fields = fc.dictionary(
  fc.constantFrom(...NAMES.filter(one => !one.includes('.') && one !== 'constructor')),
  fc.array(pattern, { minLength: 1, maxLength: 3 }),
  {
    maxKeys: 2,
  },
)
const condition = fc.letrec<{ any: Condition }>(tie => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fields.map(one => ({ fields: one })),
    fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map(all => ({ all })),
    fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map(any => ({ any })),
    tie('any').map(not => ({ not })),
  ),
})).any

const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined, freq: 2 })
const names = fc.array(fc.constantFrom(...NAMES, 'request*', '*b'), { maxLength: 3 })
const renames = fc
  .uniqueArray(fc.tuple(name, name), { selector: ([, to]) => to, maxLength: 3 })
  .map(pairs => Object.fromEntries(pairs))
  .filter(rename => new Set(Object.values(rename)).size === Object.keys(rename).length)

const policies = fc
  .record({
    include: fields,
    exclude: fields,
    where: maybe(condition),
    sample: maybe(fc.record({ rate: fc.constantFrom(0.25, 0.5, 0.75), by: fc.constantFrom('id', 'a') })),
    omitDetailedRecording: fc.boolean(),
    redact: maybe(
      fc.constantFrom(
        { defaults: true },
        { defaults: false, mask: ['b', 'request.a'], remove: ['ab'] },
        { defaults: false, hash: ['tags', '**.a'], hashKey: '0123456789abcdef' },
      ),
    ),
    flatten: maybe(fc.constantFrom({ separator: '.' }, { separator: '_' })),
    fields: maybe(
      fc.record({
        allow: names,
        deny: names,
        rename: renames,
        set: fc.constantFrom({}, { a: 'set' }, { region: Object.freeze({ deep: 'é'.repeat(20) }) }),
        tags: fc.constantFrom([], ['x'], ['a', 'x']),
      }),
    ),
    trim: maybe(
      fc.record({ maxBytes: fc.integer({ min: 16, max: 40 }), fields: fc.constantFrom([], ['a', 'request']) }),
    ),
  })
  .map(({ include, exclude, where, sample, omitDetailedRecording, ...steps }) => {
    const present = Object.entries({ where, sample }).filter(([, one]) => one !== undefined)
    const used = Object.entries(steps).filter(([, one]) => one !== undefined)
    const filters = { include, exclude, ...Object.fromEntries(present) }
    return {
      filters,
      omitDetailedRecording,
      detailFields: ['request', 'c'],
      ...Object.fromEntries(used),
    } as RecordPolicies
  })

test('every pump gets what its own policies say and nothing of what another says, from records nobody changes', () => {
  fc.assert(
    fc.property(fc.array(policies, { minLength: 1, maxLength: 4 }), records, (pumps, given) => {
      const shared: readonly AnalyticsRecord[] = deepFreeze(given)
      const before = structuredClone(given)
      const compiled = pumps.map(compilePolicy)
      // Each twice, in turn: what one has done must not show in what another does next.
      for (const round of [1, 2]) {
        for (const [i, policy] of compiled.entries()) {
          const got = policy(shared)
          expect(got, `pump ${i}, round ${round}`).toEqual(expectedOf(pumps[i] as RecordPolicies, given))
          expect(got.every(isFrozen), 'frozen to the bottom').toBe(true)
        }
      }
      expect(shared).toEqual(before)
    }),
    { numRuns: 500 },
  )
})

function deepFreeze<T>(one: T): T {
  if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return one
  Object.values(one).forEach(deepFreeze)
  return Object.freeze(one)
}

function isFrozen(one: unknown): boolean {
  if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return true
  return Object.isFrozen(one) && Object.values(one).every(isFrozen)
}
