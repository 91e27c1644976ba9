import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pumphouse } from '../../test/pumphouse-here.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-inspection-'))
afterAll(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'pump.yaml')

const YAML = `redis: { url: "redis://app:hunter2@127.0.0.1:1" }
pumps:
  audit:
    type: mongo
    meta: { url: "mongodb://u:hunter2@127.0.0.1:1/a?serverSelectionTimeoutMS=1000" }
  disk: { type: file, meta: { path: "${folder}/records.jsonl" } }
`

test('validate --check names every target, says in words why one cannot be used, and changes nothing', async () => {
  writeFileSync(config, YAML)
  const { code, out } = await pumphouse(['validate', '--check', '-c', config])
  expect(code).toBe(1)
  expect(out).toMatch(/^ {2}Redis +Redis at redis:\/\/app:\*\*\*@127\.0\.0\.1:1 cannot be asked: .*ECONNREFUSED/m)
  expect(out).toMatch(/^ {2}audit \(mongo\) +.*ECONNREFUSED 127\.0\.0\.1:1$/m)
  expect(out).toMatch(/^ {2}disk \(file\) +ok, \d+ ms$/m)
  expect(out).not.toMatch(/hunter/)
  expect(() => writeFileSync(join(folder, 'records.jsonl'), '', { flag: 'wx' })).not.toThrow()
})
