import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ContractTarget, pumpContract } from '@pumphouse/testkit'
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

for (const { name, run } of pumpContract(file, setUp)) test(name, run)
