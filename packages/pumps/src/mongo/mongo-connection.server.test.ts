import { randomUUID } from 'node:crypto'
import { type RunningServer, sharedServer, startMongo, startProxy, until } from '@pumphouse/testkit'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { mongoTarget } from '../../test/mongo-target.ts'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { withIds } from '../../test/with-ids.ts'
import { mongo } from '../mongo.ts'

const server = sharedServer(startMongo)
afterAll(() => server.stop())

async function started(running: RunningServer, url = running.url) {
  const target = await mongoTarget(running, url)
  const pump = openPump(mongo, target.meta)
  await pump.start?.(noLimit())
  return { ...target, pump }
}

const retryable = { code: 'PH_PUMP_RETRYABLE' }

test.for([
  [
    'a state change that the driver has retried once',
    { times: 2 },
    { errorCode: 91, errorLabels: ['RetryableWriteError'] },
  ],
  ['a connection closed twice', { times: 2 }, { closeConnection: true }],
  ['a missing right', { times: 1 }, { errorCode: 13 }],
  ['a time limit of the server', { times: 2 }, { errorCode: 50 }],
  ['a full disk of the server', { times: 2 }, { errorCode: 14031 }],
  ['a write concern that was not met', { times: 1 }, { writeConcernError: { code: 64, errmsg: 'waiting' } }],
] as const)('%s is retryable, and the retry stores every record once', async ([_, mode, data], ctx) => {
  const { pump, values, failInserts } = await started(await server.orSkip(ctx.skip))
  const batch = withIds({ n: 1 }, { n: 2 }, { n: 3 })
  await failInserts(mode, data)
  await expect(pump.write(batch, noLimit())).rejects.toMatchObject(retryable)
  await failInserts('off', {})
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(await values('n')).toEqual([1, 2, 3])
})

test('a refused document and an unmet write concern together: nothing counts as stored until a retry says so', async ctx => {
  const { pump, collection, failInserts } = await started(await server.orSkip(ctx.skip))
  await collection.createIndex({ order: 1 }, { unique: true })
  const batch = withIds({ order: 1 }, { order: 1 })
  await failInserts({ times: 1 }, { writeConcernError: { code: 64, errmsg: 'waiting' } })
  await expect(pump.write(batch, noLimit())).rejects.toMatchObject(retryable)
  await failInserts('off', {})
  const result = await pump.write(batch, noLimit())
  expect(result?.rejected).toMatchObject([{ index: 1, reason: 'duplicate' }])
})

test('an insert that the server sits on is cut by the signal, and the next write goes through at once', async ctx => {
  const { pump, values, failInserts } = await started(await server.orSkip(ctx.skip))
  const batch = withIds({ n: 1 }, { n: 2 })
  await failInserts({ times: 1 }, { blockConnection: true, blockTimeMS: 20_000 })
  const begun = performance.now()
  await expect(pump.write(batch, AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(performance.now() - begun).toBeLessThan(10_000)
  await failInserts('off', {})
  await pump.write(batch, noLimit())
  expect(await values('n')).toEqual([1, 2])
  expect(performance.now() - begun).toBeLessThan(15_000)
})

test('a reply that is lost on the way is retried without storing anything twice', async ctx => {
  const running = await server.orSkip(ctx.skip)
  const proxy = await startProxy(running.port)
  onTestFinished(() => proxy.close())
  const target = await mongoTarget(running)
  const url = `${target.meta.url.replace(String(running.port), String(proxy.port))}?directConnection=true`
  const pump = openPump(mongo, { ...target.meta, url })
  await pump.start?.(noLimit())
  const batch = withIds({ n: 1 }, { n: 2 }, { n: 3 })
  proxy.silence('toClient')
  await expect(pump.write(batch, AbortSignal.timeout(500))).rejects.toMatchObject({ name: 'TimeoutError' })
  await until('the write was applied', async () => (await target.values('n')).length === 3)
  proxy.heal()
  proxy.cut()
  expect(await pump.write(batch, noLimit())).toEqual({ rejected: [] })
  expect(await target.values('n')).toEqual([1, 2, 3])
})

test('a primary that steps down is retryable, and the pump goes on when there is one again', async ctx => {
  const target = await mongoTarget(await server.orSkip(ctx.skip))
  // The server of these tests does not push its changes to the driver, as mongod does: let the driver ask.
  const url = `${target.meta.url}?serverSelectionTimeoutMS=300&serverMonitoringMode=poll&heartbeatFrequencyMS=500`
  const pump = openPump(mongo, { ...target.meta, url })
  await pump.start?.(noLimit())
  const batch = withIds({ n: 1 })
  await target.collection.db.admin().command({ replSetStepDown: 4, secondaryCatchUpPeriodSecs: 1, force: true })
  await expect(pump.write(batch, noLimit())).rejects.toMatchObject(retryable)
  await until('there is a primary again', () => pump.write(batch, noLimit()))
  expect(await target.values('n')).toEqual([1])
})

test('a server killed and started again: writes fail as retryable, then go on, with everything acknowledged still there', async ctx => {
  const own = sharedServer(startMongo)
  onTestFinished(() => own.stop())
  const running = await own.orSkip(ctx.skip)
  const { pump, values } = await started(running)
  await pump.write(withIds({ n: 1 }), noLimit())
  await running.kill()
  const batch = withIds({ n: 2 })
  await expect(pump.write(batch, AbortSignal.timeout(1_000))).rejects.toBeInstanceOf(Error)
  await expect(pump.check?.(AbortSignal.timeout(1_000))).rejects.toBeInstanceOf(Error)
  await running.restart()
  await pump.write(batch, noLimit())
  expect(await values('n')).toEqual([1, 2])
})

test('a server that is not there at start is named in the error, and a later start finds it', async ctx => {
  const own = sharedServer(startMongo)
  onTestFinished(() => own.stop())
  const running = await own.orSkip(ctx.skip)
  const url = `${running.url}/test-${randomUUID()}?serverSelectionTimeoutMS=300`
  await running.kill()
  const pump = openPump(mongo, { url })
  await expect(pump.start?.(noLimit())).rejects.toThrow(`ECONNREFUSED 127.0.0.1:${running.port}`)
  await running.restart()
  await pump.start?.(noLimit())
  await pump.check?.(noLimit())
})

test.for([
  ['mongodb://127.0.0.1:1', /nobody listens there \(ECONNREFUSED\): .*127\.0\.0\.1:1/],
  ['mongodb://no-such-host.invalid:27017', /the name of the host .*\(DNS\).*no-such-host\.invalid/],
] as const)('%s is said to be what it is', async ([address, words]) => {
  const pump = openPump(mongo, { url: `${address}/analytics?serverSelectionTimeoutMS=300` })
  const said = { ...retryable, message: expect.stringMatching(words) }
  await expect(pump.check?.(noLimit())).rejects.toMatchObject(said)
  await expect(pump.start?.(noLimit())).rejects.toMatchObject(said)
})

test('a frozen server holds neither a write nor the close beyond their bounds', async ctx => {
  const own = sharedServer(startMongo)
  onTestFinished(() => own.stop())
  const running = await own.orSkip(ctx.skip)
  const { pump } = await started(running)
  await pump.write(withIds({ n: 1 }), noLimit())
  await running.freeze()
  const begun = performance.now()
  await expect(pump.write(withIds({ n: 2 }), AbortSignal.timeout(300))).rejects.toThrow()
  await expect(pump.write(withIds({ n: 3 }), AbortSignal.timeout(300))).rejects.toThrow()
  await pump.close()
  // 0.3 s for each write, 3 s for the close; the driver alone would wait for good.
  expect(performance.now() - begun).toBeLessThan(10_000)
  running.thaw()
})
