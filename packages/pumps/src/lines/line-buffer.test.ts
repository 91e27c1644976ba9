import { expect, test } from 'vitest'
import { createLineBuffer, writeLines, writeText } from './line-buffer.ts'

const toText = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString()

test('takes back what was written of a record that has no line, and rejects it alone', () => {
  const { chunks, rejected } = writeLines(
    createLineBuffer(),
    [{ path: '/a' }, { path: '/b' }, { path: '/c' }],
    (out, record) => {
      writeText(out, String(record.path))
      if (record.path === '/b') throw new Error('no line for it')
    },
  )
  expect(toText(chunks)).toBe('/a\n/c\n')
  expect(rejected).toEqual([{ index: 1, reason: 'unserializable', message: 'no line for it' }])
})

test('gives the lines of a large batch in chunks of whole lines, in order', () => {
  const batch = Array.from({ length: 300 }, (_, i) => ({ text: `${i}:${'x'.repeat((i * 7919) % 50_000)}é` }))
  const { chunks } = writeLines(createLineBuffer(), batch, (out, record) => writeText(out, String(record['text'])))
  expect(chunks.length).toBeGreaterThan(5)
  for (const chunk of chunks) expect(chunk.at(-1)).toBe(0x0a)
  expect(toText(chunks)).toBe(batch.map(({ text }) => `${text}\n`).join(''))
})

test('gives a line larger than a chunk, grown in small steps, among its neighbours', () => {
  const batch = [{ parts: 1 }, { parts: 300 }, { parts: 2 }, { parts: 500 }]
  const { chunks } = writeLines(createLineBuffer(), batch, (out, record) => {
    for (let i = 0; i < Number(record['parts']); i++) writeText(out, String(i % 10).repeat(10_000))
  })
  const expected = batch.map(({ parts }) =>
    Array.from({ length: parts }, (_, i) => String(i % 10).repeat(10_000)).join(''),
  )
  expect(toText(chunks)).toBe(expected.map(line => `${line}\n`).join(''))
})

test('is right batch after batch in the same memory, whatever the one before left in it', () => {
  const out = createLineBuffer()
  const write = (size: number) =>
    writeLines(out, [{ size }, { size: 1 }], (to, record) => writeText(to, 'y'.repeat(Number(record['size']))))
  for (const size of [10, 3_000_000, 5, 900_000, 1_100_000, 0]) {
    expect(toText(write(size).chunks)).toBe(`${'y'.repeat(size)}\ny\n`)
  }
})

test('keeps little memory after a huge batch', () => {
  const out = createLineBuffer()
  const batch = Array.from({ length: 40 }, () => ({}))
  writeLines(out, batch, to => writeText(to, 'z'.repeat(900_000)))
  writeLines(out, [{}], to => writeText(to, 'z'))
  const held = [out.bytes, ...out.spare].reduce((sum, memory) => sum + memory.length, 0)
  expect(held).toBeLessThanOrEqual(8 * 1024 * 1024)
})
