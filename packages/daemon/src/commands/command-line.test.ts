import { describe, expect, test } from 'vitest'
import { COMMANDS, readCommandLine, usage } from './command-line.ts'

test.each([
  [['run', '-c', 'a.yaml'], { command: 'run', configFile: 'a.yaml', json: false }],
  [['run', '--config=a.yaml'], { command: 'run', configFile: 'a.yaml', json: false }],
  [['-c', 'a.yaml', 'validate'], { command: 'validate', configFile: 'a.yaml', json: false }],
  [['status', '--json'], { command: 'status', configFile: 'pump.yaml', json: true }],
  [[], { command: 'help' }],
  [['--help'], { command: 'help' }],
  [['run', '-h'], { command: 'help' }],
  [['help', 'run'], { command: 'help' }],
  [['--version'], { command: 'version' }],
])('%j is understood', (args, expected) => {
  expect(readCommandLine(args, 0)).toMatchObject(expected)
})

describe('what cannot be understood is answered with the nearest word', () => {
  test.each([
    [['rnu'], 'unknown command "rnu"; did you mean "run"?'],
    [['constructor'], 'unknown command "constructor"'],
    [['validate', '--confg', 'x'], 'unknown option --confg; did you mean "--config"?'],
    [['run', '-x'], 'unknown option -x'],
    [['run', '-c'], '-c needs a value'],
    [['status', '--json=yes'], '--json takes no value'],
    [['run', '--json'], '"run" does not take --json'],
    [['run', 'pump.yaml'], '"run" does not take "pump.yaml"'],
  ])('%j', (args, problem) => {
    expect(readCommandLine(args, 0)).toEqual({ problem })
  })
})

test('help names every command', () => {
  for (const name of Object.keys(COMMANDS)) expect(usage()).toContain(`\n  ${name} `)
})
