import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseYaml } from '@pumphouse/options'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { renderConfigSchema } from './json-schema.ts'

const inConfigs = (name: string) => fileURLToPath(new URL(`../../../../configs/${name}`, import.meta.url))
const check = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(JSON.parse(renderConfigSchema()))

/** The places that an editor would mark. */
function marked(yaml: string): readonly string[] {
  const { values, problems } = parseYaml(yaml)
  expect(problems).toEqual([])
  check(values)
  const places = (check.errors ?? []).map(({ instancePath, params }) => {
    const extra = params['additionalProperty']
    return extra === undefined ? instancePath : `${instancePath}/${extra}`
  })
  return [...new Set(places.filter(place => place !== ''))]
}

test.each(['pump.yaml', 'pump.dev.yaml', 'audit.yaml'])(
  'an editor has nothing to mark in configs/%s, which names the schema',
  name => {
    const yaml = readFileSync(inConfigs(name), 'utf8')
    expect(marked(yaml)).toEqual([])
    expect(yaml.split('\n', 1)[0]).toBe('# yaml-language-server: $schema=./pump.schema.json')
  },
)

test.each([
  ['an unknown key', 'purgeDealy: 1s\npumps: { a: { type: stdout } }', ['/purgeDealy']],
  ['a duration without its unit', 'timeout: 5\npumps: { a: { type: stdout } }', ['/timeout']],
  ['a wrong word', 'log: { level: loud }\npumps: { a: { type: stdout } }', ['/log/level']],
  ['an unknown option of a pump', 'pumps: { a: { type: stdout, bacth: {} } }', ['/pumps/a/bacth']],
  [
    'an unknown option of a type',
    'pumps: { a: { type: file, meta: { path: x, formta: csv } } }',
    ['/pumps/a/meta/formta'],
  ],
  ['a size without its unit', 'pumps: { a: { type: stdout, batch: { maxBytes: 7 } } }', ['/pumps/a/batch/maxBytes']],
])('marks %s', (_, yaml, places) => {
  expect(marked(yaml)).toEqual(expect.arrayContaining(places))
})

test.each([
  ['zero without a unit', 'purgeDelay: 0\npumps: { a: { type: stdout } }'],
  ['a section whose lines are commented out', 'redis:\npumps: { a: { type: stdout } }'],
  ['anything under meta of a type from outside', 'pumps: { a: { type: ./mine.js, meta: { whatever: 1 } } }'],
  ['a secret that comes from the environment', 'pumps: { a: { type: mongo } }'],
])('lets pass %s', (_, yaml) => {
  expect(marked(yaml)).toEqual([])
})
