import { expect, test } from 'vitest'
import { describeOptions } from './describe.ts'
import type { OptionSchema } from './schema.ts'

test('options are described depth first, each with its variable', () => {
  const url = { doc: 'Where.', format: 'url', default: null, env: 'ELSEWHERE' } as const
  const name = { doc: 'Name.', format: 'string', default: 'x' } as const
  // A section may have options that are called like parts of a declaration.
  const format = { doc: 'How.', format: ['json', 'pretty'], default: 'json' } as const
  const schema: OptionSchema = { redis: { url, deep: { name } }, out: { format }, none: {} }
  expect(describeOptions(schema, 'APP').map(({ path, env }) => [path, env])).toEqual([
    ['redis.url', 'ELSEWHERE'],
    ['redis.deep.name', 'APP_REDIS_DEEP_NAME'],
    ['out.format', 'APP_OUT_FORMAT'],
  ])
  expect(describeOptions(schema).map(({ env }) => env)).toEqual(['ELSEWHERE', undefined, undefined])
})
