import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import {
  type CertificateFiles,
  type Certificates,
  makeCertificates,
  ServerUnavailable,
  sharedServer,
  startMongo,
  startProxy,
  until,
} from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { withIds } from '../test/with-ids.ts'
import { RetryableError } from './errors.ts'
import { mongo } from './mongo.ts'

/** TLS on a port of its own, before a server that speaks plainly. */
async function tlsBefore(port: number, { cert, key }: CertificateFiles): Promise<number> {
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, socket => {
    const plain = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [socket, plain],
      [plain, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    socket.pipe(plain).pipe(socket)
  })
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
  await until('the port to be there', () => server.listening)
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function certificates(skip: (reason: string) => never): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-mongo-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  try {
    return await makeCertificates(folder)
  } catch (error) {
    if (error instanceof ServerUnavailable) return skip(error.message)
    throw error
  }
}

test('speaks TLS to a server whose authority the url names, and not to one nobody vouches for', async ctx => {
  const shared = sharedServer(startMongo)
  onTestFinished(() => shared.stop())
  const running = await shared.orSkip(ctx.skip)
  const { ca, server, expired } = await certificates(ctx.skip)
  const urlOf = (port: number) =>
    `mongodb://localhost:${port}/secured?tls=true&directConnection=true&serverSelectionTimeoutMS=2000`
  const url = urlOf(await tlsBefore(running.port, server))
  const trusting = openPump(mongo, { url: `${url}&tlsCAFile=${ca}` })
  await trusting.check?.(noLimit())
  await trusting.start?.(noLimit())
  expect(await trusting.write(withIds({ n: 1 }), noLimit())).toEqual({ rejected: [] })
  const wary = openPump(mongo, { url })
  await expect(wary.check?.(noLimit())).rejects.toMatchObject({
    code: 'PH_PUMP_RETRYABLE',
    message: expect.stringMatching(/signed by an unknown authority: name that one in tlsCAFile in the url/),
  })
  const late = openPump(mongo, { url: `${urlOf(await tlsBefore(running.port, expired))}&tlsCAFile=${ca}` })
  for (const refused of [late.check?.(noLimit()), late.start?.(noLimit())]) {
    await expect(refused).rejects.toMatchObject({
      code: 'PH_PUMP_RETRYABLE',
      message: expect.stringMatching(/its certificate has expired/),
    })
  }
})

test('rights taken away while it runs: records wait, in words, and arrive when they are given back', async ctx => {
  const args: string[] = []
  const shared = sharedServer(() => startMongo(args))
  onTestFinished(() => shared.stop())
  const server = await shared.orSkip(ctx.skip)
  const writing = [{ role: 'readWrite', db: 'analytics' }]
  const first = await new MongoClient(server.url).connect()
  const createUser = (name: string, roles: object[]) =>
    first.db('admin').command({ createUser: name, pwd: 'hunter2', roles })
  await createUser('admin', [{ role: 'root', db: 'admin' }])
  await createUser('leaver', writing)
  await first.db('admin').command({ fsync: 1 })
  await first.close()
  args.push('--auth')
  await server.restart()

  const urlOf = (who: string, port: number) =>
    `mongodb://${who}:hunter2@127.0.0.1:${port}/analytics?authSource=admin&directConnection=true`
  const admin = await new MongoClient(urlOf('admin', server.port)).connect()
  onTestFinished(() => admin.close())
  const proxy = await startProxy(server.port)
  onTestFinished(() => proxy.close())
  const pump = openPump(mongo, { url: urlOf('leaver', proxy.port) })
  await pump.start?.(noLimit())
  expect(await pump.write(withIds({ n: 1 }), noLimit())).toEqual({ rejected: [] })
  await admin.db('admin').command({ revokeRolesFromUser: 'leaver', roles: writing })
  // The server of these tests asks for the rights of a user once a connection.
  proxy.cut()
  const batch = withIds({ n: 2 })
  const attempt = () => Promise.resolve(pump.write(batch, noLimit())).catch((error: Error) => error)
  const refused = await until('the server minds it', async () => {
    const ended = await attempt()
    // Before that there are the connections that were just cut.
    return ended instanceof RetryableError && Reflect.get(Object(ended.cause), 'code') === 13 ? ended : undefined
  })
  expect(refused.message).toMatch(/not authorized/i)
  await admin.db('admin').command({ grantRolesToUser: 'leaver', roles: writing })
  proxy.cut()
  await until('it is written', async () => !((await attempt()) instanceof Error))
  const found = await admin.db().collection('requests').find().toArray()
  expect(found.map(({ n }) => n)).toContain(2)
})

test('a wrong password, and a user without rights, are said without the password; both are retryable', async ctx => {
  const args: string[] = []
  const shared = sharedServer(() => startMongo(args))
  onTestFinished(() => shared.stop())
  const server = await shared.orSkip(ctx.skip)
  const admin = await new MongoClient(server.url).connect()
  const createUser = (name: string, role: string) =>
    admin.db('admin').command({ createUser: name, pwd: 'hunter2', roles: [{ role, db: 'analytics' }] })
  await createUser('writer', 'readWrite')
  await createUser('reader', 'read')
  // The server is started anew by a kill: the users must be on its disk.
  await admin.db('admin').command({ fsync: 1 })
  await admin.close()
  args.push('--auth')
  await server.restart()

  const open = (who: string) =>
    openPump(mongo, { url: `mongodb://${who}@127.0.0.1:${server.port}/analytics?authSource=admin` })
  const writer = open('writer:hunter2')
  await writer.start?.(noLimit())
  expect(await writer.write(withIds({ n: 1 }), noLimit())).toEqual({ rejected: [] })
  await expect(open('writer:hunter3').check?.(noLimit())).rejects.toMatchObject({
    code: 'PH_PUMP_RETRYABLE',
    message: expect.not.stringContaining('hunter'),
    cause: { code: 18 },
  })
  await writer.check?.(noLimit())
  const reader = open('reader:hunter2')
  await expect(reader.check?.(noLimit())).rejects.toThrow('may not insert into "analytics.requests"')
  await reader.start?.(noLimit())
  await expect(reader.write(withIds({ n: 2 }), noLimit())).rejects.toMatchObject({
    code: 'PH_PUMP_RETRYABLE',
    cause: { code: 13 },
  })
})
