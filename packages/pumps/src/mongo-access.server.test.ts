import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { sharedServer, startMongo, until } from '@pumphouse/testkit'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { withIds } from '../test/with-ids.ts'
import { mongo } from './mongo.ts'

/** TLS on a port of its own, by a certificate made for it, before a server that speaks plainly. */
async function tlsBefore(port: number): Promise<{ readonly port: number; readonly cert: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'pumphouse-mongo-tls-'))
  const [cert, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2']
  execFileSync('openssl', [...request, ...names], { stdio: 'ignore' })
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
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  return { port: (server.address() as AddressInfo).port, cert }
}

test('speaks TLS to a server whose authority the url names, and not to one nobody vouches for', async ctx => {
  const shared = sharedServer(startMongo)
  onTestFinished(() => shared.stop())
  const { port, cert } = await tlsBefore((await shared.orSkip(ctx.skip)).port)
  const url = `mongodb://localhost:${port}/secured?tls=true&directConnection=true&serverSelectionTimeoutMS=2000`
  const trusting = openPump(mongo, { url: `${url}&tlsCAFile=${cert}` })
  await trusting.check?.(noLimit())
  await trusting.start?.(noLimit())
  expect(await trusting.write(withIds({ n: 1 }), noLimit())).toEqual({ rejected: [] })
  const wary = openPump(mongo, { url })
  await expect(wary.check?.(noLimit())).rejects.toMatchObject({
    code: 'PH_PUMP_RETRYABLE',
    message: expect.stringMatching(/certificate/),
  })
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
