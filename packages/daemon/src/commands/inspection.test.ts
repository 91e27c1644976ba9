/** The commands that look at a configuration and start nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtInPumps } from '@pumphouse/pumps'
import { afterAll, describe, expect, test } from 'vitest'
import { pumphouse } from '../../test/pumphouse-here.ts'
import { loadConfig } from '../config/load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-inspection-'))
afterAll(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'pump.yaml')
const tests = join(folder, 'pump.test.yaml')
const inConfigs = (name: string) => fileURLToPath(new URL(`../../../../configs/${name}`, import.meta.url))

const YAML = `redis: { url: "redis://app:hunter2@127.0.0.1:1" }
timeout: 5s
pumps:
  audit:
    type: mongo
    filters: { exclude: { path: [/healthz] } }
    omitDetailedRecording: true
    meta: { url: "mongodb://u:hunter2@127.0.0.1:1/a" }
  disk: { type: file, meta: { path: "${folder}/records.jsonl" } }
`

describe('print-config', () => {
  test('shows every option with the source of its value, and no secret', async () => {
    const secret = join(folder, 'url')
    writeFileSync(config, YAML)
    writeFileSync(secret, 'mongodb://u:hunter3@db/a')
    const env = { PUMPHOUSE_PURGE_DELAY: '3s', PUMPHOUSE_PUMPS_AUDIT_META_URL_FILE: secret }
    const { code, out } = await pumphouse(['print-config', '-c', config], env)
    expect(code).toBe(0)
    expect(out).not.toMatch(/hunter/)
    for (const line of [
      /^ {2}url: "redis:\/\/\*\*\*@127\.0\.0\.1:1" +# .*pump\.yaml, line 1$/m,
      /^ {2}# username: +# not set$/m,
      /^purgeDelay: 3s +# PUMPHOUSE_PURGE_DELAY$/m,
      /^ {4}timeout: 5s +# as at the top level$/m,
      /^ {6}exclude: \{ path: \[\/healthz\] \} +# .*line 6$/m,
      /^ {6}url: "mongodb:\/\/\*\*\*@db\/\*\*\*" +# .*url, named by PUMPHOUSE_PUMPS_AUDIT_META_URL_FILE$/m,
      /^ {6}collection: requests +# default$/m,
    ]) {
      expect(out).toMatch(line)
    }
  })

  test('as YAML it is a configuration again, but for the secrets', async () => {
    writeFileSync(config, YAML)
    const { out } = await pumphouse(['print-config', '-c', config])
    const printed = join(folder, 'printed.yaml')
    writeFileSync(printed, out)
    const [before, after] = await Promise.all([loadConfig(config, {}), loadConfig(printed, {})])
    expect(after.problems).toEqual([])
    expect(after.config?.pumps.map(({ meta, ...rest }) => rest)).toEqual(
      before.config?.pumps.map(({ meta, ...rest }) => rest),
    )
  })

  test('as JSON it is a list of paths, values and sources', async () => {
    writeFileSync(config, YAML)
    const { out } = await pumphouse(['print-config', '--json', '-c', config])
    expect(JSON.parse(out)).toContainEqual({ path: 'timeout', value: '5s', from: `${config}, line 2` })
    expect(out).not.toMatch(/hunter/)
  })
})

test('schema prints what editors know of pump.yaml', async () => {
  const { code, out } = await pumphouse(['schema'])
  expect([code, JSON.parse(out).title]).toEqual([0, 'pump.yaml'])
})

describe('pumps', () => {
  test('names every type with its guarantee and its options', async () => {
    const { code, out } = await pumphouse(['pumps'])
    expect(code).toBe(0)
    for (const { type } of builtInPumps)
      expect(out).toMatch(new RegExp(`^${type}: delivers (at least )?once( \\(in .*: at least once\\))?$`, 'm'))
    expect(out).toMatch(/^mongo: delivers once \(in a time series: at least once\)$/m)
    expect(out).toContain('options: path, ')
  })

  test('shows the options of a type as YAML that loads', async () => {
    const { out } = await pumphouse(['pumps', 'mongo'])
    writeFileSync(config, out)
    expect((await loadConfig(config, {})).problems).toEqual([])
    const { code, err } = await pumphouse(['pumps', 'mogno'])
    expect([code, err]).toEqual([1, expect.stringContaining('did you mean "mongo"?')])
  })

  test('has the declarations as JSON', async () => {
    const [mongo] = JSON.parse((await pumphouse(['pumps', 'mongo', '--json'])).out)
    expect(mongo).toMatchObject({ type: 'mongo', delivers: 'once (in a time series: at least once)' })
    expect(mongo.options[0]).toMatchObject({ path: 'url', required: true, format: 'string' })
  })
})

describe('test', () => {
  const run = (expectations: string) => {
    writeFileSync(config, YAML)
    writeFileSync(tests, expectations)
    return pumphouse(['test', '-c', config, tests])
  }
  const records = '[{ path: /healthz }, { path: /a, request: x, n: [1, { b: 2 }] }]'

  test('the example of the guide passes', async () => {
    const { code, out } = await pumphouse(['test', '-c', inConfigs('audit.yaml'), inConfigs('audit.test.yaml')])
    expect([code, out.split('\n').at(-2)]).toEqual([0, '3 of 3 tests passed'])
  })

  test('passes when each pump gets what its policies leave, and needs no server for it', async () => {
    const { code, out } = await run(
      `tests: { kept: { records: ${records}, expect: { audit: [{ n: [1, { b: 2 }], path: /a }], disk: 2 } } }`,
    )
    expect([code, out]).toEqual([0, '✓ kept\n1 of 1 tests passed\n'])
  })

  test('fails with the pump, the record and the field that differ', async () => {
    const { code, out } = await run(`tests:
  fields: { records: ${records}, expect: { audit: [{ path: /a, request: x, n: [1, { b: 2 }] }] } }
  missing: { records: ${records}, expect: { audit: [{ path: /healthz }, { path: /b }], disk: 3 } }
  fine: { records: ${records}, expect: { audit: 1 } }
`)
    expect(code).toBe(1)
    expect(out).toBe(`✗ fields
    audit: record 1, request: expected x, got nothing
✗ missing
    audit: expected 2 records, got 1
    audit: missing: { path: /healthz }
    audit: missing: { path: /b }
    audit: not expected: { path: /a, n: [1, { b: 2 }] }
    disk: expected 3 records, got 2
✓ fine
1 of 3 tests passed
`)
  })

  test('a file that cannot be used ends in 78, with every problem and its line', async () => {
    const { code, err } = await run(`more: 1
tests:
  a: { records: 7, expect: { aduit: 1 } }
  b: [x]
  c: { record: [], records: [{}], expect: {} }
`)
    expect(code).toBe(78)
    for (const problem of [
      'line 1: more: found an unknown key; expected one of tests',
      'line 3: tests.a.records: found the number 7; expected a list of records',
      'line 3: tests.a.expect.aduit: found no pump that runs; expected one of audit, disk; did you mean "audit"?',
      'line 4: tests.b: found a list; expected a mapping of records and expect',
      'line 5: tests.c.record: found an unknown key; expected one of records, expect; did you mean "records"?',
      'line 5: tests.c.expect: found a mapping; expected pumps with what each is to get',
    ]) {
      expect(err).toContain(problem)
    }
    expect((await pumphouse(['test', '-c', config, join(folder, 'none.yaml')])).code).toBe(78)
  })
})
