import { describe, expect, test } from 'vitest'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

describe('durations', () => {
  test.each([
    ['0', 0],
    [0, 0],
    ['200ms', 200],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['5 m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is read as %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['5', 5, '', '10sec', '10S', '-1s', '0.5ms', '1e3s', 'constructor', '1constructor', `${'9'.repeat(40)}d`])(
    '%s is refused',
    text => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
    },
  )

  test.each([0, 1, 999, 1000, 1500, 60_000, 5_400_000, 86_400_000])(
    '%d ms is shown so that it reads back the same',
    ms => {
      expect(parseDuration(formatDuration(ms))).toBe(ms)
    },
  )

  test('the largest whole unit is shown', () => {
    expect([600_000, 10_000, 1500].map(formatDuration)).toEqual(['10m', '10s', '1500ms'])
  })
})

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['512B', 512],
    ['64KB', 64_000],
    ['64KiB', 65_536],
    ['8MiB', 8_388_608],
    ['1.5MiB', 1_572_864],
    ['2GB', 2_000_000_000],
    ['2GiB', 2_147_483_648],
  ])('%s is read as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each(['8', '8M', '8mib', '8 M B', '-8MiB', '0.3B'])('%s is refused', text => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'PH_CONFIG_INVALID' }))
  })

  test('the largest whole unit is shown', () => {
    expect([4_194_304, 64_000, 1_048_577].map(formatSize)).toEqual(['4MiB', '64KB', '1048577B'])
  })
})
