import { expect, test } from 'vitest'
import { renderProducers } from './producer-table.ts'

const web = {
  service: 'orders',
  instance: 'web-1',
  lanes: 1,
  created: 100,
  sampledOut: 10,
  sampledOutByRoute: {},
  dropped: { buffer_full: 4, closed: 1 },
  received: 80,
  receivedFrames: 8,
  missingFrames: 0,
  unaccounted: 5,
  silentMs: 0,
}

test('nobody has pushed: nothing is shown', () => {
  expect(renderProducers({ producers: [], earlier: [] })).toBe('')
})

test('a line for each service, its instances summed up', () => {
  const text = renderProducers({ producers: [web, { ...web, instance: 'web-2', created: 1 }], earlier: [] })
  expect(text).toMatch(/^orders +2 +101 +20 +10 +160 +10 +0$/m)
  expect(text).toContain('are in the memory or the spool')
})

test('what was sampled out is said by route, those with most first, and no more than ten of them', () => {
  const routes = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`/r${n}`, n + 1]))
  const other = { ...web, instance: 'web-2', sampledOutByRoute: { '': 100, '/r0': 50 } }
  const text = renderProducers({ producers: [{ ...web, sampledOutByRoute: routes }, other], earlier: [] })
  expect(text).toContain('sampled out of orders: (no route) 100, /r0 51, /r10 11, /r9 10, ')
  expect(text).toMatch(/, \/r3 4, and 2 more$/m)
})

test('a gap is named with its instance; without one, and with all accounted for, nothing is said', () => {
  const gap = { ...web, unaccounted: 0, missingFrames: 3 }
  expect(renderProducers({ producers: [gap], earlier: [] })).toContain('orders web-1: 3 frames never came')
  const text = renderProducers({ producers: [{ ...gap, missingFrames: 0 }], earlier: [] })
  expect(text.trimEnd().split('\n')).toHaveLength(3)
})

test('what is summed up already has a line of its own, if there is any', () => {
  const sums = { service: '', lanes: 2, received: 7, receivedFrames: 2, missingFrames: 1 }
  const text = renderProducers({ producers: [], earlier: [sums, { ...sums, service: 'gone', lanes: 0 }] })
  expect(text).toMatch(/^\(not said\), earlier +– .* 7 +– +1$/m)
  expect(text).not.toContain('gone')
})
