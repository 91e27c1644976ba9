import { expect, it } from 'vitest'
import { structureProblems } from './check-structure.mjs'
import { root } from './repository.mjs'

it('the structure check reads its own checkout', () => {
  expect(structureProblems(root).filter(problem => problem.startsWith('scripts/'))).toEqual([])
})
