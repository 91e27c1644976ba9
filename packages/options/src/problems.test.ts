import { PumphouseError } from '@pumphouse/record'
import { expect, test } from 'vitest'
import { describeFound, formatProblem, maskPasswords, OptionsError } from './problems.ts'

test('an OptionsError says every problem in a line of its own', () => {
  const error = new OptionsError('pump.yaml', [
    {
      path: 'pumps.audit.bach',
      found: 'an unknown key',
      expected: 'one of batch',
      hint: 'did you mean "batch"?',
      line: 7,
    },
    { path: '', found: 'no pumps', expected: 'one at least' },
  ])
  expect(error).toBeInstanceOf(PumphouseError)
  expect(error.code).toBe('PH_CONFIG_INVALID')
  expect(error.message.split('\n')).toEqual([
    'pump.yaml: 2 problems',
    '  line 7: pumps.audit.bach: found an unknown key; expected one of batch; did you mean "batch"?',
    '  the document: found no pumps; expected one at least',
  ])
})

test('a problem without a line or a path still reads as a sentence', () => {
  expect(formatProblem({ path: 'a', found: 'x', expected: 'y' })).toBe('a: found x; expected y')
})

test.each([
  ['redis://app:secret@host:1/0', 'redis://app:***@host:1/0'],
  ['redis://:secret@host', 'redis://:***@host'],
  ['http://token@host/path', 'http://***@host/path'],
  ['mongodb://u:se/c@r@et@a:1,b:2/db', 'mongodb://u:***@a:1,b:2/db'],
  ['no url at all', 'no url at all'],
])('the password in %s is masked', (text, masked) => {
  expect(maskPasswords(text)).toBe(masked)
})

test('long values are cut, and secrets are not shown at all', () => {
  expect(describeFound('x'.repeat(1000)).length).toBeLessThan(80)
  expect(describeFound('hunter2', true)).not.toContain('hunter2')
  expect(describeFound(12_345, true)).not.toContain('12345')
})
