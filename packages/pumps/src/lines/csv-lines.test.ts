import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'
import { csvFormat } from './csv-lines.ts'

function rows(columns: readonly string[], batch: readonly object[], guardFormulas = false): string {
  return Buffer.concat(csvFormat({ columns, guardFormulas }).toLines(batch as never).chunks).toString()
}

/** A reader by the grammar of RFC 4180. */
function parse(text: string): string[][] {
  const found: string[][] = []
  let at = 0
  while (at < text.length) {
    const row: string[] = []
    for (;;) {
      const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y
      cell.lastIndex = at
      const match = cell.exec(text)
      row.push(match?.[1]?.replaceAll('""', '"') ?? match?.[2] ?? '')
      at = cell.lastIndex
      if (text[at] !== ',') break
      at += 1
    }
    expect(text.slice(at, at + 2)).toBe('\r\n')
    at += 2
    found.push(row)
  }
  return found
}

test('writes values by their kind, and nothing for what is absent', () => {
  const record = {
    text: 'a',
    whole: 42,
    part: 1.5,
    yes: true,
    none: null,
    list: ['a', 'b'],
    at: new Date(0),
    bytes: new Uint8Array([1]),
    large: 2n ** 63n,
  }
  expect(rows([...Object.keys(record), 'absent'], [record, {}])).toBe(
    'a,42,1.5,true,,"[""a"",""b""]",1970-01-01T00:00:00.000Z,AQ==,9223372036854775808,\r\n,,,,,,,,,\r\n',
  )
})

test('can be read back by the grammar of RFC 4180, whatever the texts hold; only CR LF becomes LF', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom('"', ',', '\r', '\n', 'a', 'é', '=')).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), batch => {
      const written = rows(
        ['a', 'b'],
        batch.map(([a, b]) => ({ a, b })),
      )
      expect(parse(written)).toEqual(batch.map(row => row.map(cell => cell.toWellFormed().replace(/\r+\n/g, '\n'))))
      expect(written.split('\r\n').length).toBe(batch.length + 1)
    }),
    { numRuns: 2_000 },
  )
})

test('keeps all that has no column in the column *, as JSON', () => {
  const written = parse(rows(['b', '*'], [{ a: 1, b: 2, c: ['x'] }, { b: 3 }]))
  expect(written).toEqual([
    ['2', '{"a":1,"c":["x"]}'],
    ['3', ''],
  ])
})

test('takes a column for a field of the record only, not for what every object has', () => {
  expect(rows(['constructor', 'toString', '__proto__'], [{}, { constructor: 'mine' }])).toBe(',,\r\nmine,,\r\n')
})

test.for(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\uff1d1'])(
  'with the guard, lets %j be no formula',
  text => {
    expect(parse(rows(['a'], [{ a: text }], true))).toEqual([[`'${text}`]])
  },
)

test('with the guard, leaves numbers and other texts as they are', () => {
  expect(rows(['a', 'b', 'c'], [{ a: -1, b: 'a=1', c: '' }], true)).toBe('-1,a=1,\r\n')
})

test('begins every file with the names of its columns, once', async () => {
  const { folder, path, names } = scratchFile()
  const options = { path, format: 'csv', csv: { columns: ['path', 'n'] }, maxBytes: '60B' }
  for (let n = 0; n < 6; n++) {
    const pump = openPump(file, options)
    await pump.start?.(noLimit())
    await pump.write([{ n, path: '/a' }], noLimit())
    await pump.write([{ path: '/b', n }], noLimit())
    await pump.close()
  }
  const files = [...names().slice(1), 'records.jsonl'].map(name => readFileSync(join(folder, name), 'utf8'))
  expect(files.length).toBeGreaterThan(1)
  const found = files.map(parse)
  for (const [header] of found) expect(header).toEqual(['path', 'n'])
  expect(found.flatMap(([_, ...others]) => others.map(row => row[1]))).toEqual([
    '0',
    '0',
    '1',
    '1',
    '2',
    '2',
    '3',
    '3',
    '4',
    '4',
    '5',
    '5',
  ])
})

test('sets a file with other columns aside, and takes a torn header for no header', async () => {
  const { path, text, names } = scratchFile()
  writeFileSync(path, 'path,user\r\n/a,ann\r\n')
  const pump = openPump(file, { path, format: 'csv', csv: { columns: ['path', 'n'] } })
  await pump.start?.(noLimit())
  await pump.write([{ path: '/b', n: 1 }], noLimit())
  expect(text()).toBe('path,n\r\n/b,1\r\n')
  expect(names().length).toBe(2)
  expect(pump.logged).toMatchObject([{ level: 'warn', fields: { path } }])
  await pump.close()
  writeFileSync(path, 'pat')
  const next = openPump(file, { path, format: 'csv', csv: { columns: ['path', 'n'] } })
  await next.start?.(noLimit())
  await next.write([{ path: '/c', n: 2 }], noLimit())
  expect(text()).toBe('path,n\r\n/c,2\r\n')
})

test('cuts off a row that a crash has cut inside of a quoted text with line breaks', async () => {
  const { path, text } = scratchFile()
  writeFileSync(path, 'a,b\r\n1,2\r\n3,"one\ntwo\nthr')
  const pump = openPump(file, { path, format: 'csv', csv: { columns: ['a', 'b'] } })
  await pump.start?.(noLimit())
  expect(text()).toBe('a,b\r\n1,2\r\n')
})
