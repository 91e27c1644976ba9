import { expect, test } from 'vitest'
import { jsonLine } from './json-line.ts'
import { lineChunks } from './line-chunks.ts'

test('a record that has no line is rejected alone', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const { chunks, rejected } = lineChunks([{ path: '/a' }, cycle, { path: '/b' }], jsonLine)
  expect(chunks).toEqual(['{"path":"/a"}\n{"path":"/b"}\n'])
  expect(rejected).toMatchObject([{ index: 1, reason: 'unserializable' }])
})

test('a large batch becomes several chunks of whole lines', () => {
  const batch = Array.from({ length: 30 }, (_, i) => ({ i, text: 'x'.repeat(100_000) }))
  const { chunks } = lineChunks(batch, jsonLine)
  expect(chunks.length).toBe(3)
  for (const chunk of chunks) expect(chunk.endsWith('}\n')).toBe(true)
  const lines = chunks.join('').trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line).i)).toEqual(batch.map(({ i }) => i))
})

test('a line larger than a chunk is a chunk of its own', () => {
  const { chunks } = lineChunks([{ a: 1 }, { text: 'x'.repeat(3_000_000) }, { a: 2 }], jsonLine)
  expect(chunks.map(chunk => chunk.split('\n').length - 1)).toEqual([1, 1, 1])
})
