import { expect, test } from 'vitest'
import { hideSecrets } from './hide-secrets.ts'

test.for([
  ['no such token: Bearer hunter2', ['Bearer hunter2'], 'no such token: ***'],
  ['you sent hunter2, hunter2', ['Bearer hunter2'], 'you sent ***, ***'],
  ['hunter22 and hunter2', ['hunter2', 'hunter22'], '*** and ***'],
  ['a small word', ['a'], 'a small word'],
  ['nothing of ours', [], 'nothing of ours'],
  ['$& stays', ['$& stays'], '***'],
] as const)('%j without %j is %j', ([text, secrets, shown]) => {
  expect(hideSecrets(text, secrets)).toBe(shown)
})
