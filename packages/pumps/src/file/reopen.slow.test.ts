import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'

test('moved and reopened in the middle of writes: every line is whole and there once, and every file has its header', async () => {
  const { folder, path, names } = scratchFile()
  const pump = openPump(file, { path, format: 'csv', csv: { columns: ['n'] } })
  await pump.start?.(noLimit())
  const ROUNDS = 5
  const PER_ROUND = 20_000
  for (let round = 0; round < ROUNDS; round++) {
    const batch = Array.from({ length: PER_ROUND }, (_, n) => ({ n: round * PER_ROUND + n }))
    const writing = pump.write(batch, noLimit())
    await new Promise(resolve => setTimeout(resolve, round))
    renameSync(path, `${path}.${round}`)
    await Promise.all([writing, pump.reopen?.(noLimit())])
  }
  const texts = names().map(name => readFileSync(join(folder, name), 'utf8'))
  expect(texts).toHaveLength(ROUNDS + 1)
  const lines = texts.filter(text => text !== '').map(text => text.split('\r\n'))
  for (const all of lines) expect([all[0], all.at(-1)]).toEqual(['n', ''])
  const found = lines.flatMap(all => all.slice(1, -1).map(Number)).sort((one, other) => one - other)
  expect(found).toEqual(Array.from({ length: ROUNDS * PER_ROUND }, (_, n) => n))
})
