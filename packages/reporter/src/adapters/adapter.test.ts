import { createServer } from 'node:http'
import { OptionsError } from '@pumphouse/options'
import { expect, test, vi } from 'vitest'
import { createMemoryReporter } from '../memory-reporter.ts'
import { createReporter, type Reporter } from '../reporter.ts'
import { createAdapter } from './adapter.ts'
import { pumphouse as express } from './express.ts'
import { pumphouse as fastify } from './fastify.ts'
import { pumphouse as hono } from './hono.ts'
import { pumphouse as http, instrument } from './http.ts'
import { pumphouse as koa } from './koa.ts'

function refusal(reporter: unknown): unknown {
  try {
    createAdapter({ reporter } as never)
  } catch (error) {
    return error
  }
  return undefined
}

test.each([
  ['an empty object', {}, 'an object'],
  ['null', null, 'nothing'],
  ['a text', 'orders', 'a string'],
  ['options', { service: 'orders', requests: {} }, 'an object'],
  ['a class', Map, 'a function'],
])('%s is refused as a reporter at the start', (_, given, found) => {
  const error = refusal(given)
  expect(error).toBeInstanceOf(OptionsError)
  expect((error as OptionsError).problems).toEqual([
    { path: 'reporter', found, expected: 'what createReporter() returns' },
  ])
})

test('what has a reporter is refused in its place, and the refusal says where that is', () => {
  const reporter = createMemoryReporter()
  for (const given of [instrument(createServer(), { reporter }), express({ reporter }), koa({ reporter })]) {
    expect(refusal(given)).toMatchObject({ code: 'PH_CONFIG_INVALID', message: expect.stringContaining('`reporter`') })
  }
})

test('every adapter refuses it', async () => {
  const options = { reporter: {} } as never
  const starts = [express, koa, hono, http, (it: never) => instrument(createServer(), it)]
  for (const start of starts) expect(() => start(options)).toThrow(OptionsError)
  await expect(async () => fastify({ hasDecorator: () => true } as never, options)).rejects.toThrow(OptionsError)
})

test('reporters of every kind are taken: in memory, disabled, wrapped, of another copy of the package', async () => {
  vi.resetModules()
  const copy = await import('../memory-reporter.ts')
  expect(copy.createMemoryReporter).not.toBe(createMemoryReporter)
  const inMemory = createMemoryReporter()
  // What it is made from is what createReporter returns.
  const plain: Reporter = Object.getPrototypeOf(inMemory)
  const disabled = createReporter({ service: 's', disabled: true })
  for (const given of [inMemory, plain, disabled, { ...plain, record: () => true }, copy.createMemoryReporter()]) {
    expect(createAdapter({ reporter: given }).reporter).toBe(given)
  }
})
