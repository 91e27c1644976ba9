/** What docs/guides/coming-from.md names as ours is there, and its programs are taken. */

import { readFileSync } from 'node:fs'
import { describeOptions } from '@pumphouse/options'
import { RECORD_FIELDS } from '@pumphouse/record'
import { describe, expect, it } from 'vitest'
import { checkHooks } from './adapters/request-hooks.ts'
import { codeOptions } from './code-options.ts'
import * as entry from './index.ts'
import { reporterOptions } from './option-schema.ts'
import { loadReporterOptions } from './options.ts'

const repositoryFile = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const guide = repositoryFile('docs/guides/coming-from.md')
const sections = guide.split(/^## /m).slice(1)

/** What stands between backticks in the column of ours that is a name: `sample.rules`, not `routes: { … }`. */
function namesOfOurs(section: string): readonly string[] {
  const cells = section
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
  return cells.flatMap(line =>
    [...(line.split(' | ')[1] ?? '').matchAll(/`([\w.]+)(?:\(\))?`/g)].map(([, name]) => name ?? ''),
  )
}

/** Every option, and every section of options, by its path. */
function ourNames(): ReadonlySet<string> {
  const paths = describeOptions(reporterOptions).map(({ path }) => path)
  const parents = paths.flatMap(path => path.split('.').map((_, depth, parts) => parts.slice(0, depth + 1).join('.')))
  return new Set([...parents, ...Object.keys(codeOptions), ...Object.keys(RECORD_FIELDS), ...Object.keys(entry)])
}

/** The options that the program of a section gives to ours. */
function givenTo(section: string): Record<string, unknown> {
  const [, program = ''] = /becomes\n```js\n([\s\S]*?)```/.exec(section) ?? []
  const [first, ...lines] = program.trim().split('\n')
  expect(first).toBe("const { pumphouse } = require('@pumphouse/reporter/express')")
  const given: Record<string, unknown>[] = []
  const used: unknown[] = []
  const pumphouse = (options: Record<string, unknown>) => given.push(options)
  new Function('pumphouse', 'app', lines.join('\n'))(pumphouse, { use: (middleware: unknown) => used.push(middleware) })
  expect(used).toHaveLength(1)
  return given[0] ?? {}
}

describe('the guide for who comes from another package', () => {
  it.each(sections.map(section => [section.split('\n')[0], section]))(
    'names options that there are: %s',
    (_, section = '') => {
      const names = namesOfOurs(section)
      expect(names.length).toBeGreaterThan(4)
      expect(names.filter(name => !ourNames().has(name))).toEqual([])
    },
  )

  it.each(sections.map(section => [section.split('\n')[0], section]))(
    'shows a program that is taken: %s',
    (_, section = '') => {
      const { skip, username, enrich, routes, ...options } = givenTo(section)
      checkHooks({ skip, username, enrich, routes } as never)
      expect(loadReporterOptions(options, {}).service).toBe('orders')
    },
  )

  it('speaks of the versions that are measured beside ours', () => {
    const { dependencies } = JSON.parse(repositoryFile('packages/bench/peers/package.json'))
    const [, said = ''] = /an option of ([^\n]*?) stood/.exec(guide) ?? []
    for (const name of ['moesif-nodejs', 'apitally', 'pino-http'])
      expect(said).toContain(`${name} ${dependencies[name]}`)
  })
})
