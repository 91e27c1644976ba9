import { expect, test } from 'vitest'
import { parseYaml } from './yaml-file.ts'

test('a file that nests too deep is refused without an exception', () => {
  const depth = 20_000
  expect(parseYaml('['.repeat(10 * depth)).problems).not.toEqual([])
  expect(parseYaml(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`).problems).not.toEqual([])
})
