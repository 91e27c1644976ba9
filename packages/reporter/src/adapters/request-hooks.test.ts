import { expect, test } from 'vitest'
import type { Reporter } from '../reporter.ts'
import type { RequestRecord } from '../requests/request-record.ts'
import { setConsumer } from './consumer.ts'
import { checkHooks, createRequestHooks, type RequestHooks } from './request-hooks.ts'

interface Asked {
  readonly user?: string
}

function hooksOf(hooks: RequestHooks<Asked, number>, skip?: Reporter['skip']) {
  const failed: string[] = []
  const asked = createRequestHooks(hooks, { skip, hookFailed: hook => void failed.push(hook) })
  function complete(request: Asked, fields: Partial<RequestRecord> = {}): RequestRecord | undefined {
    const record = { path: '/a', route: undefined, username: undefined, ...fields } as RequestRecord
    return asked.complete(record, request, request, 200, () => undefined) ? record : undefined
  }
  return { asked, complete, failed }
}

test('username, consumer and enrich are asked in this order, and the last that says something counts', () => {
  const { complete } = hooksOf({ username: ({ user }) => user, enrich: (_, status) => ({ tags: [`${status}`] }) })
  expect(complete({ user: 'ann' })).toMatchObject({ username: 'ann', tags: ['200'] })
  const request = { user: 'ann' }
  setConsumer(request, 'bob')
  expect(complete(request)).toMatchObject({ username: 'bob' })
  setConsumer(request, { orgId: 'acme', username: undefined })
  expect(complete(request)).toMatchObject({ orgId: 'acme' })
})

test('what a hook returns that is no text or no fields is its failure', () => {
  const { complete, failed } = hooksOf({ username: () => 5 as never, enrich: () => 'x' as never })
  expect(complete({})).toEqual({ path: '/a', route: undefined, username: undefined })
  expect(failed).toEqual(['username', 'enrich'])
  const promising = hooksOf({ username: (async () => 'x') as never })
  promising.complete({})
  expect(promising.failed).toEqual(['username'])
})

test('routes have hooks of their own, by route or else by path; the first that matches counts', () => {
  const { complete } = hooksOf({
    username: () => 'everywhere',
    enrich: () => ({ apiId: 'general' }),
    routes: { '/health*': { skip: true }, '/orders/*': { enrich: () => ({ apiId: 'orders' }) }, '/*': {} },
  })
  expect(complete({}, { path: '/healthz' })).toBeUndefined()
  expect(complete({}, { path: '/x', route: '/orders/:id' })).toMatchObject({ apiId: 'orders', username: 'everywhere' })
  expect(complete({}, { path: '/orders/1', route: '/other' })).toMatchObject({ apiId: 'general' })
})

test('a hook of one route that keeps throwing is switched off, and those of others are not', () => {
  const { complete, failed } = hooksOf({
    enrich: () => ({ apiId: 'general' }),
    routes: {
      '/bad': {
        enrich() {
          throw new Error('no')
        },
      },
    },
  })
  for (let i = 0; i < 100; i++) complete({}, { path: '/bad' })
  expect(failed.length).toBeLessThan(100)
  expect(complete({}, { path: '/good' })).toMatchObject({ apiId: 'general' })
})

test('what the adapter says of a request is asked for each, however often it failed', () => {
  const { asked, failed } = hooksOf({})
  const request = {}
  function routeOf(describe: (record: RequestRecord) => void): string | undefined {
    const record = { path: '/a' } as RequestRecord
    expect(asked.complete(record, request, request, 200, describe)).toBe(true)
    return record.route
  }
  for (let i = 0; i < 100; i++) {
    routeOf(() => {
      throw new URIError('made for it')
    })
  }
  expect(failed).toHaveLength(100)
  expect(routeOf(record => Object.assign(record, { route: '/a' }))).toBe('/a')
})

test('a skip that was given while running goes before that of the adapter', () => {
  const request = { user: 'probe' }
  expect(hooksOf({ skip: () => false }).asked.skips(request)).toBe(false)
  expect(
    hooksOf({ skip: () => false }, (({ user }: Asked) => user === 'probe') as Reporter['skip']).asked.skips(request),
  ).toBe(true)
  const throwing = hooksOf({
    skip: () => {
      throw new Error('no')
    },
  })
  expect(throwing.asked.skips(request)).toBe(false)
  expect(throwing.failed).toEqual(['skip'])
})

test('what is no function is refused with its place', () => {
  const wrong = { skip: 1, username: 'x', routes: { '/a': { enrich: 2 } } } as never
  expect(() => checkHooks(wrong)).toThrow(/skip[\s\S]*username[\s\S]*routes\./)
  for (const routes of [5, null, ['/a']]) expect(() => checkHooks({ routes } as never)).toThrow(/ {2}routes: found/)
  const typos = { '/a': { skp: true }, '/b': { skip: () => true }, '/c': null, '/d': ['x'], '/e': { skip: true } }
  expect(() => checkHooks({ routes: typos } as never)).toThrow(
    [
      'reporter: 4 problems',
      '  routes./a.skp: found an unknown key; expected one of skip, username, enrich; did you mean "skip"?',
      '  routes./b.skip: found a function; expected true or false',
      '  routes./c: found nothing; expected { skip, username, enrich }',
      '  routes./d: found a list; expected { skip, username, enrich }',
    ].join('\n'),
  )
  expect(() => setConsumer(5 as never, 'x')).not.toThrow()
})

test('a route may have hooks or none, as a condition says', () => {
  expect(() => checkHooks({ routes: { '/a': undefined as never } })).not.toThrow()
  const { complete } = hooksOf({ username: () => 'ann', routes: { '/a': undefined as never } })
  expect(complete({})).toMatchObject({ username: 'ann' })
})
