import { describe, expect, it } from 'vitest'
import { routeOf } from './express-route.ts'

describe('the route of an Express request', () => {
  it('is absent when none matched', () => {
    expect(routeOf({ baseUrl: '' }, '/nowhere')).toBeUndefined()
  })

  it.each([
    ['/orders/:id', '', '/orders/7', '/orders/:id'],
    ['/:id', '/orders', '/orders/7', '/orders/:id'],
    ['/', '/orders', '/orders', '/orders'],
    ['/', '', '/', '/'],
    ['/files/*path', '', '/files/a/b', '/files/*path'],
  ])('%s mounted at "%s", asked as %s, is %s', (template, baseUrl, path, route) => {
    expect(routeOf({ baseUrl, route: { path: template } }, path)).toBe(route)
  })

  it('finds the mount again after Express forgot it', () => {
    expect(routeOf({ baseUrl: '', route: { path: '/:id/items' } }, '/api/orders/7/items')).toBe('/api/orders/:id/items')
    expect(routeOf({ baseUrl: '', route: { path: '/' } }, '/api/orders')).toBe('/api/orders')
  })

  it('leaves a pattern whose length nobody knows as it is', () => {
    expect(routeOf({ baseUrl: '', route: { path: '/*rest' } }, '/api/a/b')).toBe('/*rest')
  })

  it('prints patterns and lists', () => {
    expect(routeOf({ baseUrl: '/v1', route: { path: /^\/x/ } }, '/v1/xy')).toBe('/v1/^\\/x/')
    expect(routeOf({ baseUrl: '', route: { path: ['/a', '/b'] } }, '/a')).toBe('/a|/b')
  })
})
