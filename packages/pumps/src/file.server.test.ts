import { readFileSync } from 'node:fs'
import { until } from '@pumphouse/testkit'
import { expect, test } from 'vitest'
import { childProgram } from '../test/child-program.ts'
import { noLimit, openPump } from '../test/open-pump.ts'
import { scratchFile } from '../test/scratch-file.ts'
import { file } from './file.ts'

test('what a write has resolved for survives kill -9, and the next start leaves only whole lines but one', async () => {
  const { path } = scratchFile()
  for (let round = 1; round <= 3; round++) {
    const child = childProgram(`
      const pump = open('file', { path: ${JSON.stringify(path)} })
      await pump.start(noLimit)
      for (let n = 0; ; n++) {
        const batch = Array.from({ length: 500 }, (_, i) => ({ round: ${round}, n, i, text: 'x'.repeat(400) }))
        await pump.write(batch, noLimit)
        say('acked ' + n)
      }`)
    await until('a few batches are written', () => child.said().split('acked').length > 5)
    child.process.kill('SIGKILL')
    await child.ended()
    const acked = child.said().trimEnd().split('\n').length
    const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1).flatMap(parsed)
    expect(whole.filter(line => line.round === round && line.n < acked).length).toBe(acked * 500)
  }
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  expect(lines.length - lines.flatMap(parsed).length).toBeLessThanOrEqual(3)
})

test('a full disk takes the batch back to the last whole line, and the batch is written when there is space', async () => {
  const { path, text } = scratchFile()
  // A limit on the size of files refuses writes in the middle of a batch, as a full disk does.
  const child = childProgram(
    `const pump = open('file', { path: ${JSON.stringify(path)} })
    await pump.start(noLimit)
    await pump.write([{ n: 'first' }], noLimit)
    const large = Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(1000) }))
    await pump.write(large, noLimit).catch(error => say(error.code + ' ' + error.message))
    await pump.write([{ n: 'last' }], noLimit)`,
    'ulimit -f 64;',
  )
  expect(await child.ended()).toBe(0)
  expect(child.said()).toMatch(/^PH_PUMP_RETRYABLE cannot write .*records\.jsonl: .*EFBIG/)
  expect(text()).toBe('{"n":"first"}\n{"n":"last"}\n')
})

function parsed(line: string): { round: number; n: number }[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
