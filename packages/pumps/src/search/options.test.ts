import { loadOptions } from '@pumphouse/options'
import { expect, test } from 'vitest'
import { authorizationOf } from './authorization.ts'
import { readCloudId } from './cloud-id.ts'
import { type SearchOptions, searchOptions, searchProblems } from './options.ts'

const load = (meta: object): SearchOptions => loadOptions(searchOptions, { values: meta }).values
const nodes = ['http://127.0.0.1:9200']
const cloudId = (text: string): string => `name:${Buffer.from(text).toString('base64')}`

test.for([
  ['nodes', { nodes: [] }],
  ['nodes.1', { nodes: [...nodes, '127.0.0.1:9200'] }],
  ['nodes.0', { nodes: ['http://ann:secret@127.0.0.1:9200'] }],
  ['cloudId', { cloudId: 'nonsense' }],
  ['index', { nodes, index: 'Requests' }],
  ['index', { nodes, index: 'requests-{yyyy}', dataStream: true }],
  ['password', { nodes, username: 'ann' }],
  ['username', { nodes, password: 'x' }],
  ['bearer', { nodes, apiKey: 'x', bearer: 'y' }],
  ['tls.key', { nodes, tls: { cert: 'x.pem' } }],
  ['template.settings', { nodes, template: { settings: [1] } }],
] as const)('names %s in the problem with %j, and shows no secret', ([path, meta]) => {
  const problems = searchProblems(load(meta))
  expect(problems.map(problem => problem.path)).toEqual([path])
  expect(JSON.stringify(problems)).not.toContain('secret')
})

test('has nothing against options that fit together', () => {
  expect(searchProblems(load({ nodes, index: 'requests-{yyyy.MM.dd}', username: 'ann', password: 'x' }))).toEqual([])
  expect(searchProblems(load({ cloudId: cloudId('example.com$abc$def'), apiKey: 'x' }))).toEqual([])
})

test('reads the address out of a cloud id, ports included', () => {
  expect(readCloudId(cloudId('eu.example.com$abc123$def'))).toBe('https://abc123.eu.example.com')
  expect(readCloudId(cloudId('eu.example.com:9243$abc123$def'))).toBe('https://abc123.eu.example.com:9243')
  expect(readCloudId(cloudId('eu.example.com$abc123:444$def'))).toBe('https://abc123.eu.example.com:444')
  expect(readCloudId(cloudId('evil/path?$x y'))).toBeUndefined()
})

test('sends the credentials in the form of their kind', () => {
  expect(authorizationOf(load({ nodes, username: 'ann', password: 'é:x' }))).toBe(
    `Basic ${Buffer.from('ann:é:x').toString('base64')}`,
  )
  expect(authorizationOf(load({ nodes, apiKey: 'aWQ6a2V5' }))).toBe('ApiKey aWQ6a2V5')
  expect(authorizationOf(load({ nodes, bearer: 'token' }))).toBe('Bearer token')
  expect(authorizationOf(load({ nodes }))).toBeUndefined()
})
