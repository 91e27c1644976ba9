import { expect, test } from 'vitest'
import { replaceCardNumbers } from './card-number.ts'

/** Time of the processor, which nobody else counts into; of several runs that of the fastest. */
function fastest(run: () => void): number {
  const times = Array.from({ length: 9 }, () => {
    const started = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(started)
    return user + system
  })
  return Math.min(...times)
}

function times(count: number, run: () => void): void {
  for (let i = 0; i < count; i++) run()
}

const hide = (text: string): string => replaceCardNumbers(text, () => '#')

test('a text of nothing but digits takes no longer than its length', () => {
  const started = performance.now()
  hide('4111 '.repeat(50_000))
  hide('1'.repeat(250_000))
  hide('1%20'.repeat(60_000))
  expect(performance.now() - started).toBeLessThan(5_000)
})

test.each(['1 ', '4 ', '4%20', '7.1 14.2 ', '62 '])(
  '%j over and over takes as long in one text as in sixteen',
  group => {
    const [all, part] = [group.repeat(32_000), group.repeat(2_000)]
    // By the square of the length it would be sixteen times as long.
    expect(fastest(() => void hide(all)) / fastest(() => times(16, () => hide(part)))).toBeLessThan(6)
  },
)

test('digits that each may begin a number cost a few looks each, not a search each', () => {
  const text = '4 '.repeat(50_000)
  const looks = fastest(() => times(5, () => text.replace(/\d/g, digit => digit)))
  expect(fastest(() => void hide(text)) / looks).toBeLessThan(3.5)
})
