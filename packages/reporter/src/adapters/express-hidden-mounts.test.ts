/** What has no end where a function of the application makes its routers anew for each request. */

import express5, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { express4 } from '../../test/adapter-targets/express.ts'
import { hiddenMountOf } from './express-hidden-mounts.ts'
import type { RoutedApplication } from './express-layers.ts'

const TENANTS = 2_000
const MAX_NAMES = 110

const pass: RequestHandler = (_request, _response, next) => next()

describe.each([
  ['4', express4],
  ['5', express5],
])('the mount of a route of Express %s that is made for one request', (_, express) => {
  const around = express().use('/api', pass) as unknown as RoutedApplication

  function namesOf(name: (tenant: number) => string): string[] {
    return Array.from({ length: TENANTS }, (_, tenant) => name(tenant))
  }

  it('has few names, then * for any, below a function', () => {
    const names = namesOf(tenant =>
      hiddenMountOf({ app: around, around }, { path: '/leaf' }, `/api/tenant${tenant}`, {}),
    )
    expect([names[0], names.at(-1)]).toEqual(['/api/tenant0', '/api/*'])
    expect(new Set(names).size).toBeLessThan(MAX_NAMES)
  })

  it('has few of them where the function makes an application', () => {
    const names = namesOf(tenant => {
      const app = express().use('/v1', pass) as unknown as RoutedApplication
      return hiddenMountOf({ app, around }, { path: '/twig' }, `/api/v1/tenant${tenant}`, {})
    })
    expect([names[0], names.at(-1)]).toEqual(['/api/v1/tenant0', '/api/v1/*'])
    expect(new Set(names).size).toBeLessThan(MAX_NAMES)
  })

  it('has few of them where the route is made of what was asked for', () => {
    const names = namesOf(tenant =>
      hiddenMountOf({ app: around, around }, { path: `/leaf${tenant}` }, `/api/made${tenant}`, {}),
    )
    expect(names.at(-1)).toBe('/api/*')
  })
})
