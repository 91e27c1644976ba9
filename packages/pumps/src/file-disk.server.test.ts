import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mountSmallDisk, type SmallDisk } from '@pumphouse/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { file } from './file.ts'

/** A disk of 256 KiB, gone when the test ends. */
function smallDisk(skip: (reason: string) => never): SmallDisk {
  const disk = mountSmallDisk(256) ?? skip('a small disk (tmpfs) cannot be mounted here')
  onTestFinished(() => disk.remove())
  return disk
}

test.for(['json', 'csv'])(
  'a full disk is said in words, leaves whole lines of %s, and the batch is written when there is space',
  async (format, ctx) => {
    const disk = smallDisk(ctx.skip)
    const path = join(disk.path, `records.${format}`)
    disk.fill(150_000)
    const pump = openPump(file, { path, format, csv: { columns: ['n', 'text'] } })
    await pump.start?.(noLimit())
    await pump.write([{ n: 'first', text: 'y' }], noLimit())
    const before = readFileSync(path, 'utf8')
    const large = Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(1_400) }))
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(pump.write(large, noLimit())).rejects.toMatchObject({
        code: 'PH_PUMP_RETRYABLE',
        message: `cannot write ${path}: no space is left on the device (ENOSPC)`,
      })
      expect(readFileSync(path, 'utf8')).toBe(before)
    }
    disk.fill(0)
    await pump.write(large, noLimit())
    expect(readFileSync(path, 'utf8').slice(before.length).trimEnd().split(/\r?\n/).length).toBe(100)
  },
)

test('a file system that becomes read-only is said in words, and the batch is written when it is no longer', async ctx => {
  const disk = smallDisk(ctx.skip)
  const path = join(disk.path, 'records.jsonl')
  const pump = openPump(file, { path })
  await pump.start?.(noLimit())
  await pump.write([{ n: 1 }], noLimit())
  await pump.close()
  disk.readOnly(true)
  const next = openPump(file, { path })
  const said = {
    code: 'PH_PUMP_RETRYABLE',
    message: `cannot write ${path}: the file system is read-only (EROFS); expected a file that this process may write, or make`,
  }
  await expect(next.check?.(noLimit())).rejects.toMatchObject(said)
  await expect(next.start?.(noLimit())).rejects.toMatchObject(said)
  disk.readOnly(false)
  await next.start?.(noLimit())
  await next.write([{ n: 2 }], noLimit())
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n')
})
