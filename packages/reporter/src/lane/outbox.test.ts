import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLaneSpool, type LaneSpool } from '../spool/lane-spool.ts'
import type { LaneEvent } from './lane-messages.ts'
import { createOutbox } from './outbox.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'outbox-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function spoolOf(mode: 'auto' | 'always', lane: string, report: (event: LaneEvent) => void): LaneSpool {
  const settings = { mode, dir, maxBytes: 1e9, maxFiles: 1000, maxAgeMs: 1e9 }
  return createLaneSpool(settings, 'set', lane, report)
}

function frame(sequence: number) {
  return { sequence, count: sequence, bytes: Buffer.alloc(sequence % 7, sequence) }
}

/** What can happen to a lane, in any order. */
const step = fc.oneof(
  fc.constant('add' as const),
  fc.constant('spill' as const),
  fc.constant('break' as const),
  fc.constant('mend' as const),
  fc.constant('lose the folder' as const),
  fc.record({ push: fc.nat(20), addedMeanwhile: fc.nat(3), spilledMeanwhile: fc.boolean() }),
)

let lanes = 0

describe('an outbox', () => {
  it.each(['auto', 'always', 'off'] as const)(
    'with mode %s pushes every frame once and in order, whatever is spilled, refused, removed by others and repeated',
    mode => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: 'medium' }), steps => {
          const events: LaneEvent[] = []
          const report = (event: LaneEvent): void => void events.push(event)
          const real = mode === 'off' ? undefined : spoolOf(mode, `lane-${++lanes}`, report)
          let broken = false
          const spool = real && {
            ...real,
            get frames() {
              return real.frames
            },
            append: (entry: Parameters<LaneSpool['append']>[0]) => !broken && real.append(entry),
          }
          const outbox = createOutbox(spool, report)
          const taken: number[] = []
          let added = 0
          const push = (most: number, meanwhile: () => void): void => {
            const frames = outbox.first().slice(0, most)
            meanwhile()
            taken.push(...frames.map(({ sequence }) => sequence))
            outbox.remove(frames)
          }
          for (const next of steps) {
            if (next === 'add') outbox.add(frame(++added))
            else if (next === 'spill') outbox.spill()
            else if (next === 'break') broken = true
            else if (next === 'mend') broken = false
            else if (next === 'lose the folder') rmSync(join(dir, 'set'), { recursive: true, force: true })
            else {
              push(next.push, () => {
                for (let i = 0; i < next.addedMeanwhile; i++) outbox.add(frame(++added))
                if (next.spilledMeanwhile) outbox.spill()
              })
            }
          }
          while (!outbox.empty) push(Number.MAX_SAFE_INTEGER, () => undefined)
          const all = Array.from({ length: added }, (_, index) => index + 1)
          expect(taken).toEqual(all)
          // What the application's thread hears: each frame leaves its memory once, and each record is sent once.
          const left = events.flatMap(event =>
            event.type === 'sent' || event.type === 'spooled' ? event.sequences : [],
          )
          expect(left).toEqual(all)
          const spooled = events.flatMap(event => (event.type === 'spooled' ? event.sequences : []))
          const drained = events.reduce((sum, event) => sum + (event.type === 'drained' ? event.records : 0), 0)
          expect(drained).toBe(spooled.reduce((sum, sequence) => sum + sequence, 0))
          real?.end()
          expect(existsSync(join(dir, 'set')) ? readdirSync(join(dir, 'set')) : []).toEqual([])
        }),
        { numRuns: 500 },
      )
    },
  )

  it('with mode always has every frame on disk before it is pushed', () => {
    const spool = spoolOf('always', 'l', () => undefined)
    const outbox = createOutbox(spool, () => undefined)
    for (const sequence of [1, 2, 3]) outbox.add(frame(sequence))
    expect([spool.frames, outbox.inMemory, outbox.onDisk]).toEqual([3, 3, 0])
    outbox.remove(outbox.first().slice(0, 2))
    expect([spool.frames, outbox.inMemory]).toEqual([1, 1])
    spool.end()
  })

  it('with mode always pushes what comes after its folder was removed once, and has nothing left', () => {
    const events: LaneEvent[] = []
    const spool = spoolOf('always', 'l', event => events.push(event))
    const outbox = createOutbox(spool, event => events.push(event))
    outbox.add(frame(1))
    outbox.remove(outbox.first())
    rmSync(spool.root, { recursive: true })
    outbox.add(frame(2))
    outbox.remove(outbox.first())
    expect([outbox.empty, spool.frames, readdirSync(spool.root)]).toEqual([true, 0, ['l~2-0']])
    expect(events.filter(({ type }) => type !== 'spool')).toEqual([
      { type: 'sent', sequences: [1] },
      { type: 'sent', sequences: [2] },
    ])
    spool.end()
  })

  it('with mode auto writes nothing while frames flow', () => {
    const spool = spoolOf('auto', 'l', () => undefined)
    const outbox = createOutbox(spool, () => undefined)
    for (const sequence of [1, 2, 3]) outbox.add(frame(sequence))
    expect([spool.frames, outbox.inMemory]).toEqual([0, 3])
    outbox.spill()
    outbox.add(frame(4))
    expect([spool.frames, outbox.inMemory, outbox.onDisk]).toEqual([4, 0, 4])
    spool.end()
  })

  it('gives up what is on disk for too long, and says how many records that were', () => {
    const events: LaneEvent[] = []
    const spool = createLaneSpool({ mode: 'auto', dir, maxBytes: 1e9, maxFiles: 9, maxAgeMs: -1 }, 'set', 'l', event =>
      events.push(event),
    )
    const outbox = createOutbox(spool, event => events.push(event))
    for (const sequence of [1, 2, 3]) outbox.add(frame(sequence))
    outbox.spill()
    outbox.expire()
    expect(events).toContainEqual({ type: 'lost', records: 6, reason: 'spool_expired' })
    expect(outbox.empty).toBe(true)
    spool.end()
  })
})
