import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ContractTarget, testPump } from '@pumphouse/testkit'
import { test } from 'vitest'
import { file } from './file.ts'

async function setUp(): Promise<ContractTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'pumphouse-file-'))
  const path = join(folder, 'deep', 'records.jsonl')
  return {
    meta: { path },
    async read() {
      const text = await readFile(path, 'utf8').catch(() => '')
      return text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line).contractKey)
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

// A file has no server and no line that could fail: its own faults have tests beside this one.
const cases = testPump({ definition: file, setUp, ordered: true })
for (const { name, run } of cases.filter(({ skip }) => skip === false)) test(name, run)
