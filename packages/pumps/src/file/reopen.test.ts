import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { scratchFile } from '../../test/scratch-file.ts'
import { file } from '../file.ts'

/** Where Linux shows what a process has open. */
const DESCRIPTORS = '/proc/self/fd'
const canSee = existsSync(DESCRIPTORS)

/** Whether this process still has that file open, by whatever name. */
function isOpen(path: string): boolean {
  return readdirSync(DESCRIPTORS).some(descriptor => {
    try {
      return readlinkSync(join(DESCRIPTORS, descriptor)) === path
    } catch {
      return false
    }
  })
}

test.skipIf(!canSee)('a pump at rest lets go of a file that was moved, and has begun another one', async () => {
  const { path, text } = scratchFile()
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ n: 1 }], noLimit())
  renameSync(path, `${path}.1`)
  expect(isOpen(`${path}.1`)).toBe(true)
  await pump.reopen?.(noLimit())
  expect(isOpen(`${path}.1`)).toBe(false)
  expect(text()).toBe('')
  await pump.write([{ n: 2 }], noLimit())
  expect(text()).toBe('{"n":2}\n')
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('{"n":1}\n')
  expect(pump.logged).toMatchObject([{ level: 'info', fields: { path, files: 1 } }])
})

test('a file that is where it was goes on as it is, and nothing is said', async () => {
  const { path, text } = scratchFile()
  const pump = openPump(file, { path })
  await pump.reopen?.(noLimit())
  await pump.start?.(noLimit())
  await pump.write([{ n: 1 }], noLimit())
  const { ino } = statSync(path)
  await pump.reopen?.(noLimit())
  await pump.write([{ n: 2 }], noLimit())
  expect(statSync(path).ino).toBe(ino)
  expect(text()).toBe('{"n":1}\n{"n":2}\n')
  expect(pump.logged).toEqual([])
})

test.skipIf(!canSee)(
  'of a path by field those files alone are let go of that were moved, and none is begun for nothing',
  async () => {
    const { folder } = scratchFile()
    const at = (name: string): string => join(folder, name)
    const pump = openPump(file, { path: at('{service}.jsonl') })
    await pump.start?.(noLimit())
    await pump.write([{ service: 'a' }, { service: 'b' }, { service: 'c' }], noLimit())
    renameSync(at('a.jsonl'), at('a.jsonl.1'))
    unlinkSync(at('b.jsonl'))
    await pump.reopen?.(noLimit())
    expect(isOpen(at('a.jsonl.1'))).toBe(false)
    expect(isOpen(at('c.jsonl'))).toBe(true)
    expect(readdirSync(folder).filter(name => !name.endsWith('.lock'))).toEqual(['a.jsonl.1', 'c.jsonl'])
    await pump.write([{ service: 'a', n: 2 }], noLimit())
    expect(readFileSync(at('a.jsonl'), 'utf8')).toBe('{"service":"a","n":2}\n')
    expect(pump.logged).toMatchObject([{ level: 'info', fields: { files: 2 } }])
  },
)
