import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseYaml, readYamlFile } from './yaml-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-yaml-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('values and the lines of their keys are read', () => {
  const document = parseYaml(
    'redis:\n  url: x\npumps:\n  audit:\n    # why\n    "a.b": 1\n    batch: { maxRecords: 5 }\n',
  )
  expect(document.problems).toEqual([])
  expect(document.values).toEqual({ redis: { url: 'x' }, pumps: { audit: { 'a.b': 1, batch: { maxRecords: 5 } } } })
  expect(['redis.url', 'pumps.audit', 'pumps.audit.a.b', 'pumps.audit.batch.maxRecords'].map(document.lineOf)).toEqual([
    2, 4, 6, 7,
  ])
})

test('what is not in the file gets the line of the section it should stand in', () => {
  const document = parseYaml('a: 1\npumps:\n  audit: { type: mongo }\n')
  expect(document.lineOf('pumps.audit.meta.url')).toBe(3)
  expect(document.lineOf('nowhere.at.all')).toBeUndefined()
})

test('anchors and merge keys share sections', () => {
  const { values } = parseYaml('a: &batch { maxRecords: 5 }\nb: { <<: *batch, maxBytes: 1 }\n')
  expect(values).toMatchObject({ b: { maxRecords: 5, maxBytes: 1 } })
})

describe('a file that cannot be used', () => {
  const problemsOf = (text: string) => parseYaml(text).problems

  test.each([
    ['a key twice', 'pumps:\n  disk: { type: file }\n  disk: { type: stdout }\n', 3, 'the key "disk" a second time'],
    ['a tab', 'a:\n\tb: 1\n', 2, 'a tab in the indentation'],
    ['an unclosed list', 'a: [1, 2\nb: 3\n', 2, expect.any(String)],
    ['an unclosed quote', 'a: "x\nb: 3\n', expect.any(Number), expect.any(String)],
    ['two documents', 'a: 1\n---\nb: 2\n', 2, 'a second document'],
    ['an alias without anchor', 'a: *nobody\n', 1, 'an alias without its anchor'],
    ['a tag', 'a: !secret x\n', 1, 'an unknown tag'],
  ])('has %s: the line is named', (_, text, line, found) => {
    expect(problemsOf(text)[0]).toMatchObject({ path: '', line, found })
    expect(parseYaml(text).values).toEqual({})
  })

  test('is not quoted in its problems, since it may hold secrets', () => {
    const texts = [
      'password: hunter2: x\n',
      'password: @hunter2\n',
      'password: "hunter2\n',
      '} hunter2\n',
      'a: !hunter2 x\n',
      '? [hunter2\n',
      '%hunter2 1\n---\na: 1\n',
      'a: &x &hunter2 1\n',
    ]
    for (const text of texts) {
      expect(problemsOf(text), text).not.toEqual([])
      expect(JSON.stringify(problemsOf(text))).not.toContain('hunter2')
    }
  })

  test.each(['', '   \n', '# only a comment\n', '---\n', '~\n'])('is empty: %j', text => {
    const file = join(folder, 'empty.yaml')
    writeFileSync(file, text)
    expect(readYamlFile(file).problems).toMatchObject([{ path: '', found: expect.stringContaining('empty') }])
  })

  const depth = 20_000
  test.each([
    ['brackets', '['.repeat(10 * depth)],
    ['brackets that close', `a: ${'['.repeat(depth)}${']'.repeat(depth)}`],
    ['braces', '{a: '.repeat(depth)],
    ['dashes', '- '.repeat(depth)],
    ['sections', Array.from({ length: 500 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')],
  ])('nests too deep, by %s: it is refused', (_, text) => {
    expect(problemsOf(text)).toMatchObject([{ found: 'nesting that is too deep' }])
  })

  test('nests as deep as no configuration does: it is read', () => {
    expect(parseYaml(`a: ${'['.repeat(90)}${']'.repeat(90)}`).problems).toEqual([])
  })

  test('unfolds without end: it is refused at once', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 10; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    expect(problemsOf(lines.join('\n'))).toMatchObject([{ found: 'aliases that unfold without end' }])
  })

  test('is missing, a directory or far too large', () => {
    expect(readYamlFile(join(folder, 'none.yaml')).problems).toMatchObject([{ found: 'no such file' }])
    expect(readYamlFile(folder).problems).toMatchObject([{ found: expect.stringContaining('a directory') }])
    writeFileSync(join(folder, 'large.yaml'), 'a: 1\n'.repeat(300_000))
    expect(readYamlFile(join(folder, 'large.yaml')).problems).toMatchObject([{ found: 'a file of 1500000 bytes' }])
  })
})
