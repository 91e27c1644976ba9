import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { inRepository } from './repository.mjs'

const FAULT_TESTS = 'packages/daemon/test/faults'

/** `file`: "name" */
const REFERENCE = /`([\w./-]+\.test\.ts)`: "([^"]+)"/g
const page = readFileSync(inRepository('docs/faults.md'), 'utf8')
const references = [...page.matchAll(REFERENCE)].map(([, file = '', name = '']) => ({ file, name }))

/** Names of the tests of a file, as they stand in its source; behind a table too, whose end begins a line. @param {string} file */
const testNames = file =>
  [
    ...readFileSync(inRepository(file), 'utf8').matchAll(
      /(?:\b(?:it|test)\b[^\n]*?|^\](?: as const)?\))\(\s*'([^']+)',/gm,
    ),
  ].map(([, name]) => name)

it('every fault on the page names a test that exists', () => {
  const missing = references.filter(({ file, name }) => !testNames(file).includes(name))
  expect(missing).toEqual([])
})

it('every row of the page names a test', () => {
  const tables = page.split(/\n(?!\|)/).filter(part => /^\|[^\n]*shown by \|\n/m.test(part))
  const rows = tables.flatMap(table =>
    table.split('\n').filter(line => line.startsWith('| ') && !line.endsWith('shown by |')),
  )
  expect(rows.length).toBeGreaterThan(40)
  expect(rows.filter(row => !row.match(REFERENCE))).toEqual([])
})

it('every fault test is on the page', () => {
  const files = readdirSync(inRepository(FAULT_TESTS)).filter(name => name.endsWith('.test.ts'))
  const named = new Set(references.map(({ file, name }) => `${file}: ${name}`))
  const unnamed = files
    .flatMap(name => testNames(`${FAULT_TESTS}/${name}`).map(test => `${FAULT_TESTS}/${name}: ${test}`))
    .filter(test => !named.has(test))
  expect(files.length).toBeGreaterThan(3)
  expect(unnamed).toEqual([])
})
