import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './lock.mjs'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
  file = join(folder, 'some.lock')
})

afterEach(() => rmSync(folder, { recursive: true }))

describe('a lock', () => {
  it('lets one work at a time', async () => {
    const order = /** @type {string[]} */ ([])
    let finish = () => {}
    const finished = new Promise(resolve => {
      finish = () => resolve(undefined)
    })
    const first = withLock(file, async () => {
      order.push('first begins')
      await finished
      order.push('first ends')
    })
    const second = withLock(file, async () => {
      order.push('second')
    })
    finish()
    await Promise.all([first, second])
    expect(order).toEqual(['first begins', 'first ends', 'second'])
  })

  it('is given back also when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(file)).toBe(false)
  })

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync('true')
    writeFileSync(file, `${pid}`)
    expect(await withLock(file, async () => 'done')).toBe('done')
  })
})
