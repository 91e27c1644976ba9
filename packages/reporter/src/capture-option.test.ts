import { expect, it } from 'vitest'
import { loadReporterOptions } from './options.ts'

function loaded(capture: unknown, env = {}) {
  return loadReporterOptions({ service: 's', capture: capture as never }, env).requests.capture
}

it('reads rules from code, with their sizes in bytes', () => {
  const rules = [
    { route: '/login', requestBody: false },
    { route: '/orders/*', maxBodyBytes: '16KiB' },
    { route: '*', maxBodyBytes: 5 },
  ]
  expect(loaded({ requestBody: true, rules })?.rules).toEqual([
    { route: '/login', requestBody: false, maxBodyBytes: undefined },
    { route: '/orders/*', maxBodyBytes: 16 * 1024 },
    { route: '*', maxBodyBytes: 5 },
  ])
  expect(loaded({})?.rules).toEqual([])
})

it('reads rules from the environment', () => {
  const env = { PUMPHOUSE_REPORTER_CAPTURE_RULES: '[{"route":"/a","query":true}]' }
  expect(loaded(undefined, env)?.rules).toEqual([{ route: '/a', query: true, maxBodyBytes: undefined }])
})

it.each([
  ['capture.rules', 'x'],
  ['capture.rules', Array.from({ length: 101 }, () => ({ route: '/' }))],
  ['capture.rules.0', ['x']],
  ['capture.rules.0.route', [{ query: true }]],
  ['capture.rules.0.requestBody', [{ route: '/', requestBody: 'yes' }]],
  ['capture.rules.0.body', [{ route: '/', body: true }]],
  ['capture.rules.0.contentTypes', [{ route: '/', contentTypes: 'text/*' }]],
  ['capture.rules.1.maxBodyBytes', [{ route: '/' }, { route: '/', maxBodyBytes: '1MiB' }]],
  ['capture.rules.0.maxBodyBytes', [{ route: '/', maxBodyBytes: 'much' }]],
])('refuses %s of %j', (path, rules) => {
  expect(() => loaded({ rules })).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ path })] }))
})
