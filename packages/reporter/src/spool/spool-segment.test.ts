import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENTRY_HEADER_BYTES, entryHeader, MAX_FRAME_BYTES } from './spool-entry.ts'
import { createSegment, openSegment } from './spool-segment.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-segment-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const NOW_MS = 1_700_000_000_000

function frame(sequence: number, bytes: Uint8Array) {
  return { sequence, count: sequence * 2, bytes }
}

/** A file with these frames; where each entry begins, and where the file ends. */
function write(path: string, frames: readonly Uint8Array[]): number[] {
  const segment = createSegment(path)
  const starts = frames.map((bytes, index) => {
    const start = segment.bytes
    segment.append(frame(index + 1, bytes), NOW_MS)
    return start
  })
  segment.close(undefined)
  return [...starts, statSync(path).size]
}

/** What a later process finds, and how much of the file it says is damaged. */
function found(path: string) {
  const damage = { places: 0, bytes: 0 }
  const segment = openSegment(path, damage)
  const read = segment.read(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const { frames, records } = segment
  segment.close(undefined)
  return {
    damage,
    frames,
    records,
    read: read.map(({ sequence, bytes }) => [sequence, Buffer.from(bytes).toString('hex')]),
  }
}

const someFrames = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 })
let files = 0

describe('a file of the spool', () => {
  it('gives back what was appended, in order, with counts and times', () => {
    fc.assert(
      fc.property(someFrames, frames => {
        const path = join(folder, `${++files}`)
        write(path, frames)
        expect(found(path)).toEqual({
          damage: { places: 0, bytes: 0 },
          frames: frames.length,
          records: frames.reduce((sum, _, index) => sum + (index + 1) * 2, 0),
          read: frames.map((bytes, index) => [index + 1, Buffer.from(bytes).toString('hex')]),
        })
      }),
    )
  })

  it('that is cut anywhere loses the entry it was cut in and those behind the cut, no other', () => {
    fc.assert(
      fc.property(someFrames, fc.nat(), (frames, at) => {
        const path = join(folder, `${++files}`)
        const starts = write(path, frames)
        const cut = at % (starts.at(-1)! + 1)
        const fd = openSync(path, 'r+')
        ftruncateSync(fd, cut)
        closeSync(fd)
        const whole = starts.slice(1).filter(end => end <= cut).length
        const torn = cut - starts[whole]!
        expect(found(path)).toMatchObject({ frames: whole, damage: { places: torn > 0 ? 1 : 0, bytes: torn } })
        expect(found(path).read.map(([sequence]) => sequence)).toEqual(
          frames.slice(0, whole).map((_, index) => index + 1),
        )
      }),
    )
  })

  it('with one byte changed loses the entry that it is in, no other', () => {
    fc.assert(
      fc.property(someFrames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frames, at, change) => {
        const path = join(folder, `${++files}`)
        const starts = write(path, frames)
        const bytes = readFileSync(path)
        const place = at % bytes.length
        bytes[place]! ^= change
        writeFileSync(path, bytes)
        const hit = starts.slice(1).findIndex(end => place < end)
        const expected = frames.map((_, index) => index + 1).filter(sequence => sequence !== hit + 1)
        expect(found(path).read.map(([sequence]) => sequence)).toEqual(expected)
        expect(found(path).damage).toEqual({ places: 1, bytes: starts[hit + 1]! - starts[hit]! })
      }),
    )
  })

  it('is not misled by frames that look like entries', () => {
    const path = join(folder, 'nested')
    const inner = Buffer.concat([entryHeader(frame(99, Buffer.from('inner')), NOW_MS), Buffer.from('inner')])
    const lying = Buffer.concat([inner.subarray(0, 4), Buffer.from([255, 255, 255, 0]), inner.subarray(8)])
    const starts = write(path, [lying, lying, Buffer.from('last')])
    const bytes = readFileSync(path)
    bytes[starts[0]! + 9]! ^= 1
    writeFileSync(path, bytes)
    expect(found(path).read.map(([sequence]) => sequence)).toEqual([2, 3])
  })

  it('finds its way over windows: frames larger than one read, and damage across its border', () => {
    const path = join(folder, 'large')
    const large = Buffer.alloc(700_000, 7)
    const starts = write(path, [large, large, Buffer.from('small'), large])
    expect(found(path).read.map(([sequence]) => sequence)).toEqual([1, 2, 3, 4])
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(MAX_FRAME_BYTES, starts[1]! + 4)
    writeFileSync(path, bytes)
    expect(found(path).read.map(([sequence]) => sequence)).toEqual([1, 3, 4])
    expect(found(path).damage).toEqual({ places: 1, bytes: large.length + ENTRY_HEADER_BYTES })
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 60])('takes an entry with the sequence %d for damage', sequence => {
    const path = join(folder, 'sequence')
    const entry = Buffer.concat([entryHeader({ sequence, count: 1, bytes: Buffer.of(1) }, NOW_MS), Buffer.of(1)])
    writeFileSync(path, entry)
    expect(found(path)).toMatchObject({ frames: 0, damage: { places: 1, bytes: entry.length } })
  })

  it('that is no spool at all is one place of damage, and goes on to be written to', () => {
    const path = join(folder, 'noise')
    writeFileSync(path, Buffer.alloc(1000, 3))
    const damage = { places: 0, bytes: 0 }
    const segment = openSegment(path, damage)
    expect(damage).toEqual({ places: 1, bytes: 1000 })
    segment.append(frame(1, Buffer.from('x')), NOW_MS)
    expect(segment.read(10, 1000)).toHaveLength(1)
    segment.close(path)
    expect(() => statSync(path)).toThrow()
  })

  it('reads as many frames as asked for, at least one, and goes on after what was dropped', () => {
    const segment = createSegment(join(folder, 'partly'))
    for (let sequence = 1; sequence <= 5; sequence++) segment.append(frame(sequence, Buffer.alloc(100)), NOW_MS)
    expect(segment.read(10, 1).map(entry => entry.sequence)).toEqual([1])
    for (const entry of segment.read(2, 1000)) segment.drop(entry)
    // As after a push from memory, which knows the frame but not where it lies.
    segment.drop(frame(3, Buffer.alloc(100)))
    expect(segment.read(10, 1000).map(entry => entry.sequence)).toEqual([4, 5])
    expect([segment.frames, segment.records]).toEqual([2, 18])
    segment.clear()
    segment.append(frame(6, Buffer.alloc(1)), NOW_MS)
    expect(segment.read(10, 1000).map(entry => entry.sequence)).toEqual([6])
    segment.close(undefined)
  })
})
