import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LaneEvent } from '../lane/lane-messages.ts'
import { createLaneSpool } from './lane-spool.ts'
import {
  adoptable,
  createFolder,
  findFolders,
  heartbeat,
  isThere,
  LAST_PART,
  release,
  STALE_MS,
  spoolRoot,
  take,
} from './spool-folder.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-folder-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const later = (ms: number): number => Date.now() + ms
const lanesOf = (found: readonly { lane: string; part: number }[]) => found.map(({ lane, part }) => `${lane}.${part}`)

describe('a folder of the spool', () => {
  it('belongs to nobody when its owner has been silent for long enough, not before', () => {
    createFolder(root, 'a-1', 1)
    expect(adoptable(findFolders(root), later(STALE_MS - 1_000))).toEqual([])
    expect(lanesOf(adoptable(findFolders(root), later(STALE_MS + 1_000)))).toEqual(['a-1.1'])
  })

  it('that was touched in the future belongs to nobody: a clock was set back since, and no owner has touched it again', () => {
    createFolder(root, 'a-1', 1)
    expect(lanesOf(adoptable(findFolders(root), later(-STALE_MS - 1_000)))).toEqual(['a-1.1'])
  })

  it('has one taker of many', () => {
    createFolder(root, 'a-1', 1)
    const views = Array.from({ length: 5 }, () => findFolders(root)[0]!)
    expect(views.map(take)).toEqual([true, false, false, false, false])
    expect(lanesOf(findFolders(root))).toEqual(['a-1.1'])
  })

  it('is fresh in the hands of its taker, also for one who looked before', () => {
    const folder = createFolder(root, 'a-1', 1)
    utimesSync(folder.path, 0, 0)
    const [seen] = adoptable(findFolders(root))
    expect(take(seen!)).toBe(true)
    expect(adoptable(findFolders(root))).toEqual([])
  })

  it('that was taken is no longer there for the owner it had', () => {
    const folder = createFolder(root, 'a-1', 1)
    expect([heartbeat(folder), isThere(folder)]).toEqual([true, true])
    take(findFolders(root)[0]!)
    expect([heartbeat(folder), isThere(folder), take(folder)]).toEqual([false, false, false])
  })

  it('that is given up is adoptable at once, or gone when it is empty', () => {
    const empty = createFolder(root, 'empty-1', 1)
    const full = createFolder(root, 'full-1', 1)
    writeFileSync(join(full.path, '00000001.frames'), 'x')
    for (const folder of [empty, full]) release(folder)
    expect(lanesOf(adoptable(findFolders(root)))).toEqual(['full-1.1'])
  })

  it('waits for the earlier parts of its lane: what overtook them would make the set take them for known', () => {
    for (const part of [LAST_PART, 2, 10]) release(keep(createFolder(root, 'a-1', part)))
    createFolder(root, 'b-1', 1)
    release(keep(createFolder(root, 'b-1', 2)))
    expect(lanesOf(adoptable(findFolders(root)))).toEqual(['a-1.2'])
  })

  it('that cannot be read keeps nobody from the others, and holds back the later parts of its lane', () => {
    for (const lane of ['a-1', 'b-1', 'c-1']) release(keep(createFolder(root, lane, 2)))
    writeFileSync(join(root, 'b-1~1-0'), '')
    const found = findFolders(root)
    expect(lanesOf(adoptable(found, later(STALE_MS + 1_000))).sort()).toEqual(['a-1.2', 'b-1.1', 'c-1.2'])
    expect(found.map(({ unreadable }) => unreadable instanceof Error)).toEqual([true, false, false, false])
  })

  it('is told from what else lies there', () => {
    writeFileSync(join(root, 'notes.txt'), '')
    expect(findFolders(root)).toEqual([])
  })

  function keep<T extends { path: string }>(folder: T): T {
    writeFileSync(join(folder.path, '00000001.frames'), 'x')
    return folder
  }
})

describe('the spool of a lane', () => {
  const frame = (sequence: number) => ({ sequence, count: 1, bytes: Buffer.from('x') })
  const spoolAt = (dir: string, events: LaneEvent[] = []) =>
    createLaneSpool({ mode: 'auto', dir, maxBytes: 1e9, maxFiles: 9, maxAgeMs: 1e9 }, 'a set/ä', 'l-1', event =>
      events.push(event),
    )

  it('is taken over with its frames by the next thread of the lane', () => {
    const first = spoolAt(root)
    for (const sequence of [1, 2, 3]) first.append(frame(sequence))
    const second = spoolAt(root)
    expect([second.frames, second.has(3), second.has(4)]).toEqual([3, true, false])
    second.append(frame(4))
    expect(second.read().map(entry => entry.sequence)).toEqual([1, 2, 3])
    second.drop(second.read())
    expect(second.read().map(entry => entry.sequence)).toEqual([4])
    second.end()
    first.end()
  })

  it('goes on in a new part when its folder was taken', () => {
    const spool = spoolAt(root)
    spool.append(frame(1))
    take(findFolders(spoolRoot(root, 'a set/ä'))[0]!)
    spool.append(frame(2))
    expect(lanesOf(findFolders(spool.root))).toEqual(['l-1.1', 'l-1.2'])
    expect(spool.read().map(entry => entry.sequence)).toEqual([1])
    spool.end()
  })

  it('goes on in a new part when somebody removed everything', () => {
    const events: LaneEvent[] = []
    const spool = spoolAt(root, events)
    spool.append(frame(1))
    rmSync(spool.root, { recursive: true })
    expect(spool.append(frame(2))).toBe(true)
    expect(spool.read().map(entry => entry.sequence)).toEqual([1])
    expect(events.filter(({ type }) => type === 'refusing')).toEqual([])
    spool.end()
  })
})
