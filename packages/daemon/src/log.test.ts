import { expect, test } from 'vitest'
import { createLog } from './log.ts'

function logged(
  options: { level?: string; pretty?: boolean },
  write: (log: ReturnType<typeof createLog>) => void,
): string[] {
  const lines: string[] = []
  write(createLog({ level: 'info', pretty: false, ...options }, line => lines.push(line)))
  return lines
}

test('a line is JSON with level, time and message', () => {
  const [line] = logged({}, log => log.warn({ pump: 'audit' }, 'away'))
  expect(JSON.parse(line!)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    pump: 'audit',
    msg: 'away',
  })
})

test('levels below the chosen one are not written', () => {
  expect(logged({ level: 'warn' }, log => log.info({}, 'x'))).toEqual([])
})

test('secrets are not shown, in fields or in errors', () => {
  const lines = logged({}, log => {
    log.info({ password: 'hunter2', redis: { url: 'redis://:hunter2@h' } }, 'x')
    log.error({ err: new Error('cannot reach redis://app:hunter2@h') }, 'x')
  })
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain('hunter2')
})

test('pretty is a line for people', () => {
  const [line] = logged({ pretty: true }, log => log.warn({ pump: 'audit' }, 'away'))
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}away pump="audit"\n$/)
})
