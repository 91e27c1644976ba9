import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'

test('a close in the middle of a compression leaves the file as it was', async () => {
  const { folder, path, names } = scratchFile()
  const large = join(folder, 'records.jsonl.20250101T000000.000Z')
  writeFileSync(large, randomBytes(30_000_000))
  const pump = openPump(file, { path, compress: true })
  await pump.start?.(noLimit())
  await until('it is being compressed', () => names().some(name => name.endsWith('.part')))
  await pump.close()
  expect(names()).toEqual(['records.jsonl', 'records.jsonl.20250101T000000.000Z'])
  expect(statSync(large).size).toBe(30_000_000)
})
