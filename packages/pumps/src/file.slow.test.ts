import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ContractTarget, testPump } from '@pumphouse/testkit'
import { test } from 'vitest'
import { file } from './file.ts'

/** Each form a file takes must keep the contract: what stands under `meta:` beside the path, and the key in a line. */
const FORMS = {
  json: { name: 'records.jsonl', meta: {}, keyOf: (line: string): string => JSON.parse(line).contractKey },
  csv: {
    name: 'records.csv',
    meta: { format: 'csv', csv: { columns: ['contractKey', 'id', '*'] } },
    keyOf: (line: string): string => line.split(',')[0] as string,
  },
  'a path by field': {
    name: '{method}/{statusCode}.jsonl',
    meta: {},
    keyOf: (line: string): string => JSON.parse(line).contractKey,
  },
}

for (const [form, { name, meta, keyOf }] of Object.entries(FORMS)) {
  const setUp = async (): Promise<ContractTarget> => {
    const folder = await mkdtemp(join(tmpdir(), 'pumphouse-file-'))
    return {
      meta: { ...meta, path: join(folder, 'deep', name) },
      async read() {
        const keys = await Promise.all((await files(folder)).map(path => keysIn(path, keyOf)))
        return keys.flat().filter(key => key !== 'contractKey')
      },
      remove: () => rm(folder, { recursive: true }),
    }
  }
  // A file has no server and no line that could fail: its own faults have tests beside this one.
  const cases = testPump({ definition: file, setUp, ordered: name.startsWith('records') })
  for (const one of cases.filter(({ skip }) => skip === false)) test(`as ${form}: ${one.name}`, one.run)
}

async function files(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const kept = entries.filter(entry => entry.isFile() && !entry.name.endsWith('.lock'))
  return kept.map(entry => join(entry.parentPath, entry.name))
}

async function keysIn(path: string, keyOf: (line: string) => string): Promise<readonly string[]> {
  const lines = (await readFile(path, 'utf8')).split(path.endsWith('.csv') ? '\r\n' : '\n')
  return lines.slice(0, -1).map(keyOf)
}
