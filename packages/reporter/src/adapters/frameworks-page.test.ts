import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adapterCases } from '../../test/adapter-cases/contract.ts'
import { impossibleCases } from '../../test/adapter-cases/impossible.ts'

const page = readFileSync(new URL('../../../../docs/frameworks.md', import.meta.url), 'utf8')

describe('the page of the frameworks', () => {
  it('lists just the cases that cannot be, with the reason', () => {
    const [, section = ''] = /## Cases that cannot be\n([^#]*)/.exec(page) ?? []
    const rows = section.split('\n').filter(line => line.startsWith('| '))
    expect(rows.slice(1)).toEqual(
      impossibleCases.map(
        ({ targets, cases, reason }) => `| ${targets.join(', ')} | ${cases.join('; ')} | ${reason} |`,
      ),
    )
  })

  it('names cases that there are, each once', () => {
    const names = adapterCases.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(impossibleCases.flatMap(({ cases }) => cases).filter(name => !names.includes(name))).toEqual([])
  })
})
