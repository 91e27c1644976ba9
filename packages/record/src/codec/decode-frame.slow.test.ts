import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { baseId, codeOf, compressed, compressions, producer } from '../../test/foreign-frame.ts'

const MIB = 1024 * 1024

describe('decodeFrame is not made to unfold', () => {
  test.each(compressions)('a bomb of %s', (_, compression) => {
    const bomb = new Uint8Array(7 * MIB)
    expect(compression(bomb)[1].length).toBeLessThan(bomb.length / 256)
    expect(codeOf(compressed(compression, bomb))).toBe('PH_FRAME_TOO_LARGE')
    expect(codeOf(compressed(compression, bomb, 1000))).toBe('PH_FRAME_MALFORMED')
  })

  test.each<[string, number]>([
    ['empty maps', 0x80],
    ['empty lists', 0x90],
  ])('a million %s', (_, type) => {
    const head = Uint8Array.of(0x92, 0x91, 0x91, 0xa1, 0x61, 0x91, 0x92, 0, 0xdd, 0, 0x0f, 0x42, 0x40)
    const payload = new Uint8Array(head.length + 1_000_000).fill(type)
    payload.set(head)
    expect(codeOf(encode([1, 0, baseId, 1, payload.length, producer, payload]))).toBe('PH_FRAME_TOO_LARGE')
  })
})
