import { ReplyError } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { asRedisError } from './redis-error.ts'

const SCRIPT = 'ERR Error running script (call to f_0296c6495657e0d359595e2a95fecd71a6cbadcd): @user_script:1:'

describe('an error of Redis', () => {
  it.each([
    ["NOGROUP No such key 'a' or consumer group 'b' script: 149f, on @user_script:1.", 'NOGROUP'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
    ['NOSCRIPT No matching script.', 'NOSCRIPT'],
    [`${SCRIPT} NOGROUP No such key 'a' or consumer group 'b'`, 'NOGROUP'],
    [`${SCRIPT} @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'.`, 'OOM'],
    [`${SCRIPT} @user_script: 1: Unknown Redis command called from Lua script`, 'ERR'],
  ])('has a code: %s', (message, reply) => {
    expect(asRedisError(new ReplyError(message))).toMatchObject({ code: 'PH_REDIS_REPLY', reply, message })
  })

  it('without a reply means that Redis is away', () => {
    const error = asRedisError(new Error('connect ECONNREFUSED 127.0.0.1:1'))
    expect(error).toMatchObject({
      code: 'PH_REDIS_AWAY',
      reply: undefined,
      message: 'connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  it('with several addresses tells of each', () => {
    const both = new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')])
    expect(asRedisError(both).message).toBe('refused by ::1; refused by 127.0.0.1')
  })

  it('drops the command, whose arguments may be a password or a frame', () => {
    const error = Object.assign(new ReplyError('WRONGPASS no'), { command: { name: 'auth', args: ['secret'] } })
    expect(JSON.stringify({ ...asRedisError(error) })).not.toContain('secret')
  })
})
