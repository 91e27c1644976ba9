import { expect, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { mongo } from './mongo.ts'

test.for([
  'mongodb://user:hunter2@127.0.0.1:27017',
  'mongodb://user:hunter2@127.0.0.1:27017/',
  'mongodb://user:hunter2@127.0.0.1:27017/?w=1',
  'http://user:hunter2@127.0.0.1/analytics',
  'hunter2',
])('refuses a url without a database before anything is opened, and does not show it: %s', url => {
  const refused = expect(() => openPump(mongo, { url }))
  refused.toThrow(
    expect.objectContaining({ code: 'PH_CONFIG_INVALID', message: expect.not.stringContaining('hunter2') }),
  )
})

test.for([
  'mongodb://127.0.0.1:27017/analytics',
  'mongodb://a:1,b:2,c/analytics?replicaSet=main',
  'mongodb+srv://user:p%40ss@cluster.example.com/analytics?retryWrites=true',
])('takes any url of the driver that names a database: %s', async url => {
  await openPump(mongo, { url }).close()
})

test('refuses to write unacknowledged, and names what the driver does not like about a url, without the password', async () => {
  const unacknowledged = openPump(mongo, { url: 'mongodb://u:hunter2@127.0.0.1:1/a?w=0' })
  await expect(unacknowledged.start?.(noLimit())).rejects.toThrow('w=0')
  const mistyped = openPump(mongo, { url: 'mongodb://u:hunter2@127.0.0.1:1/a?replicaset=x&bogus=1' })
  const refused = expect(mistyped.start?.(noLimit())).rejects
  await refused.toThrow(expect.objectContaining({ message: expect.stringMatching(/^mongo: (?!.*hunter2).*bogus/) }))
})

test.for([
  [{ collection: 'a{b' }, 'collection'],
  [{ collection: 'system.users' }, 'collection'],
  [{ collection: 'a$b' }, 'collection'],
  [{ capped: { maxRecords: 5 } }, 'capped.maxRecords'],
  [{ capped: { maxBytes: '1MiB' }, timeSeries: { enabled: true } }, 'capped'],
  [{ capped: { maxBytes: '1MiB' }, expireAfter: '1d' }, 'expireAfter'],
  [{ timeSeries: { enabled: true }, expire: true }, 'expire'],
  [{ indexes: { keys: { a: 1 } } }, 'indexes'],
  [{ indexes: [{ unique: true }] }, 'indexes'],
] as const)('refuses options that cannot be together or mean nothing: %j', ([more, path]) => {
  const open = () => openPump(mongo, { url: 'mongodb://127.0.0.1:1/a', ...more })
  expect(open).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ path })] }))
})
