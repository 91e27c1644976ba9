import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionKeys, partitionOf } from './keys.ts'

describe('keys', () => {
  it('puts every key of a partition under one hash tag', () => {
    const names = Object.values(partitionKeys('analytics', 3))
    for (const name of names) expect(name).toMatch(/^\{analytics:3\}:/)
    expect(new Set(names).size).toBe(names.length)
  })

  it('keeps a lane on its partition for ever', () => {
    // The low bytes of published FNV-1a values. They must never change: a lane that moved would lose its sequence.
    expect(['', 'a', 'foobar'].map(lane => partitionOf(lane, 256))).toEqual([0xc5, 0x2c, 0x68])
  })

  it('finds a partition that exists for every lane', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 256 }), (lane, partitions) => {
        const partition = partitionOf(lane, partitions)
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true)
      }),
    )
  })

  it('spreads lanes over all partitions', () => {
    const used = new Set(Array.from({ length: 200 }, (_, lane) => partitionOf(`instance-${lane}`, 8)))
    expect(used.size).toBe(8)
  })
})
