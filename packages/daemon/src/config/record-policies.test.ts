import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatProblem, loadOptions } from '@pumphouse/options'
import { expect, test } from 'vitest'
import { loadPump } from './load-pump.ts'
import { drainOptions } from './options.ts'

const source = {
  env: {},
  lineOf: () => undefined,
  folder: '.',
  pluginDirs: [],
  drain: loadOptions(drainOptions, { values: {} }).values,
}

const load = (policies: object) => loadPump('a', { type: 'stdout', ...policies }, 'PUMPHOUSE_PUMPS_A', source)
const problemsOf = async (policies: object) => (await load(policies)).problems.map(formatProblem)

test('a pump without policies has none', async () => {
  const { config, problems } = await load({})
  expect(problems).toEqual([])
  expect(config).toMatchObject({ filters: { include: {}, exclude: {} }, omitDetailedRecording: false })
  for (const policy of ['where', 'sample']) expect(config?.filters).not.toHaveProperty(policy)
  for (const policy of ['redact', 'flatten', 'fields', 'trim']) expect(config).not.toHaveProperty(policy)
})

test('policies are loaded as they are written', async () => {
  const { config, problems } = await load({
    filters: {
      include: { path: [{ regex: '^/v\\d+' }], durationMs: [{ min: 1 }] },
      where: { any: [{ statusCode: ['5xx'] }, { not: { all: [{ username: [{ exists: true }] }] } }] },
      sample: { rate: 0.1, by: 'traceId' },
    },
    fields: { deny: ['userAgent'], rename: { statusCode: 'status' }, set: { region: 'eu-1' } },
    addTags: ['production'],
    flatten: { enabled: true },
    trim: { maxBytes: '16KiB' },
  })
  expect(problems).toEqual([])
  expect(config).toMatchObject({
    filters: {
      include: { path: [{ regex: '^/v\\d+' }], durationMs: [{ min: 1 }] },
      where: {
        any: [{ fields: { statusCode: ['5xx'] } }, { not: { all: [{ fields: { username: [{ exists: true }] } }] } }],
      },
      sample: { rate: 0.1, by: 'traceId' },
    },
    fields: {
      allow: [],
      deny: ['userAgent'],
      rename: { statusCode: 'status' },
      set: { region: 'eu-1' },
      tags: ['production'],
    },
    flatten: { separator: '.' },
    trim: { maxBytes: 16_384, fields: [] },
  })
})

const filter = (pattern: unknown) => ({ filters: { include: { path: [pattern] } } })
const where = (condition: unknown) => ({ filters: { where: condition } })

test.each<[object, RegExp]>([
  [filter({ regex: '(' }), /include\.path: found "\(": .*missing.*; expected a regular expression of RE2/],
  [filter({ regex: '(?=a)' }), /expected a regular expression of RE2: no lookaround/],
  [filter({ regex: 5 }), /expected regex: with a regular expression/],
  [filter({ min: 'a' }), /expected min and max as numbers/],
  [filter({ min: 2, max: 1 }), /expected min at most as large as max/],
  [filter({ exists: 'yes' }), /expected exists: true/],
  [filter({ not: [] }), /expected not: with a list/],
  [filter({ not: [null] }), /include\.path\.not: found nothing; expected a text/],
  [filter({ regexp: 'a' }), /found a mapping of regexp; expected .*{ regex: … }/],
  [filter({ regex: 'a', min: 1 }), /found a mapping of regex, min/],
  [filter([1]), /found a list/],
  [where([]), /filters\.where: found a list; expected fields with lists of patterns, or one of/],
  [where({}), /filters\.where: found an empty mapping/],
  [where({ any: [] }), /filters\.where\.any: found an empty list; expected a list of conditions/],
  [where({ any: [{ path: 'x' }] }), /filters\.where\.any\[0\]\.path: found "x"; expected a list of patterns/],
  [where({ any: [null] }), /filters\.where\.any\[0\]: found nothing/],
  [where({ not: null }), /filters\.where\.not: found nothing/],
  [where({ any: [{ a: [1] }], path: [1] }), /found "any" beside other keys/],
  [where(Array.from({ length: 40 }).reduce(inner => ({ not: inner }), { a: [1] })), /levels deep/],
  [{ filters: { sample: { rate: 2 } } }, /sample\.rate: found the number 2; expected a number, from 0 to 1/],
  [{ fields: { deny: ['id'] } }, /fields\.deny: found "id"/],
  [{ fields: { rename: { a: 'id' } } }, /fields\.rename\.a: found "id"; expected the id stays/],
  [{ fields: { rename: { a: 1 } } }, /fields\.rename\.a: found the number 1; expected the new name/],
  [{ fields: { rename: { a: 'c', b: 'c' } } }, /fields\.rename\.b: found the new name of "a"/],
  [{ fields: { rename: ['a'] } }, /fields\.rename: found a list/],
  [{ fields: { set: { id: 1 } } }, /fields\.set\.id/],
  [{ redact: { hash: ['username'] } }, /redact\.hashKeyFile: found nothing; expected a file with at least 16/],
  [{ redact: { hash: ['a'], hashKeyFile: '/no/such/file' } }, /redact\.hashKeyFile: found .*which does not exist/],
  [{ redact: { patterns: ['('] } }, /redact\.patterns\.0: found "\("/],
  [{ redact: { patterns: ['x*'] } }, /redact\.patterns\.0: found "x\*"; expected .* one character/],
  [{ redact: { mask: ['a..b'] } }, /redact\.mask\.0/],
  [{ trim: { maxBytes: '8B' } }, /trim\.maxBytes: found 8B; expected at least 16B/],
  [{ flatten: { separator: '' } }, /flatten\.separator/],
])('%j is refused in words', async (policies, words) => {
  const problems = await problemsOf(policies)
  expect(problems.join('\n')).toMatch(words)
  expect(problems).toHaveLength(1)
})

test('the key of the hashes is read from its file, and whether anything is redacted is inherited', async () => {
  const hashKeyFile = join(mkdtempSync(join(tmpdir(), 'pumphouse-key-')), 'key')
  writeFileSync(hashKeyFile, '0123456789abcdef\n')
  const { config, problems } = await load({ redact: { hash: ['username'], hashKeyFile } })
  expect(problems).toEqual([])
  expect(config?.redact).toMatchObject({ defaults: false, hash: ['username'], hashKey: '0123456789abcdef' })
  const drain = loadOptions(drainOptions, { values: { redact: { mask: ['a'] } } }).values
  const inherited = await loadPump('a', { type: 'stdout' }, 'PUMPHOUSE_PUMPS_A', { ...source, drain })
  expect(inherited.config?.redact).toMatchObject({ mask: ['a'] })
})
