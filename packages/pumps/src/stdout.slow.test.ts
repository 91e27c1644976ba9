import { PassThrough } from 'node:stream'
import { type ContractTarget, testPump, until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { childProgram } from '../test/child-program.ts'
import { openPump } from '../test/open-pump.ts'
import { scratchFile } from '../test/scratch-file.ts'
import { createJsonLines } from './lines/json-lines.ts'
import { createStreamPump } from './lines/stream-pump.ts'
import { stdout } from './stdout.ts'

/** The stdout of the test run belongs to its reporter: the contract is run against a stream in its place. */
async function setUp(): Promise<ContractTarget> {
  const lines: string[] = []
  stream = new PassThrough()
  stream.setEncoding('utf8').on('data', text => lines.push(text))
  return {
    meta: {},
    read: async () =>
      lines
        .join('')
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line).contractKey),
  }
}

let stream = new PassThrough()
const toStream = { ...stdout, create: () => createStreamPump(stream, 'a stream', createJsonLines()) }

// A stream has no server and no line that could fail: its own faults have tests below.
const cases = testPump({ definition: toStream, setUp, ordered: true })
for (const { name, run } of cases.filter(({ skip }) => skip === false)) test(name, run)

test('writes lines of each format to the standard output of its process', async () => {
  const child = childProgram(`
    const record = { path: '/a', statusCode: 200 }
    for (const format of ['json', 'pretty', 'logfmt', 'template']) {
      const pump = open('stdout', { format, template: '{path}: {statusCode}' })
      await pump.start(noLimit)
      await pump.write([record, record], noLimit)
      await pump.close()
    }`)
  let output = ''
  child.process.stdout?.on('data', text => {
    output += text
  })
  expect(await child.ended()).toBe(0)
  expect(output).toBe(
    '{"path":"/a","statusCode":200}\n{"path":"/a","statusCode":200}\n/a 200\n/a 200\npath=/a statusCode=200\npath=/a statusCode=200\n/a: 200\n/a: 200\n',
  )
})

test('a reader that stops reading holds up the write, not the process', async () => {
  const child = childProgram(`
    const pump = open('stdout', {})
    await pump.start(noLimit)
    const batch = Array.from({ length: 2000 }, () => ({ text: 'x'.repeat(1000) }))
    const timer = setInterval(() => say('alive'), 20)
    await pump.write(batch, noLimit)
    say('taken')
    clearInterval(timer)`)
  await until('the process goes on while the pipe is full', () => child.said().split('alive').length > 5)
  expect(child.said()).not.toContain('taken')
  child.process.stdout?.resume()
  expect(await child.ended()).toBe(0)
  expect(child.said()).toContain('taken')
})

test('a reader that is gone fails the writes and does not end the process', async () => {
  const child = childProgram(`
    const pump = open('stdout', {})
    await pump.start(noLimit)
    await new Promise(resolve => process.stdin.once('end', resolve).resume())
    for (let i = 0; i < 3; i++) await pump.write([{ i }], noLimit).catch(error => say(error.code + ' ' + error.message))
    await pump.check().catch(error => say('check: ' + error.code))
    await pump.close()`)
  child.process.stdout?.destroy()
  child.process.stdin?.end()
  expect(await child.ended()).toBe(0)
  expect(child.said().match(/PH_PUMP_RETRYABLE cannot write to stdout: /g)).toHaveLength(3)
  expect(child.said()).toContain('check: PH_PUMP_RETRYABLE')
})

test('a full disk behind standard output fails the write, and what it has cut is ended before the next line', async () => {
  const { path, text } = scratchFile()
  const child = childProgram(
    `const pump = open('stdout', {})
    await pump.start(noLimit)
    const large = Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(1000) }))
    await pump.write(large, noLimit).catch(error => say(error.code + ' ' + error.message))
    const { truncateSync } = await import('node:fs')
    truncateSync(${JSON.stringify(path)}, 1500)
    await pump.write([{ n: 'last' }], noLimit)`,
    `ulimit -f 64; exec >>${path};`,
  )
  expect(await child.ended()).toBe(0)
  expect(child.said()).toMatch(/^PH_PUMP_RETRYABLE cannot write to stdout: .*EFBIG/)
  const lines = text().split('\n')
  expect(lines.slice(-2)).toEqual(['{"n":"last"}', ''])
  expect(lines.filter(line => line.startsWith('{"n":')).length).toBe(lines.length - 1)
})

test('refuses a template whose braces do not match', () => {
  expect(() => openPump(stdout, { format: 'template', template: '{path' })).toThrow(/template/)
})
