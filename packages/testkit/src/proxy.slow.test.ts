import { createConnection, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type FaultProxy, startProxy } from './proxy.ts'
import { until } from './until.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A server that echoes and remembers what it got, and a client behind a proxy. */
async function echoBehindProxy(): Promise<{ proxy: FaultProxy; client: () => Client; received: () => string }> {
  let received = ''
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', data => {
      received += data
      socket.write(data)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const proxy = await startProxy(typeof address === 'object' && address ? address.port : 0)
  cleanUps.push(
    () => proxy.close(),
    () => server.close(),
  )
  return { proxy, client: () => connect(proxy.port), received: () => received }
}

interface Client {
  readonly socket: Socket
  readonly heard: () => string
  readonly closed: () => boolean
}

function connect(port: number): Client {
  let heard = ''
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.on('data', data => {
    heard += data
  })
  cleanUps.push(() => socket.destroy())
  return { socket, heard: () => heard, closed: () => socket.destroyed }
}

test('passes bytes both ways, and the end of a connection', async () => {
  const { client, proxy } = await echoBehindProxy()
  const { socket, heard } = client()
  socket.write('hello')
  await until('echo', () => heard() === 'hello')
  socket.end()
  await until('the pair is gone', () => proxy.connections === 0)
})

test('silence towards the client loses the reply but not the command', async () => {
  const { client, proxy, received } = await echoBehindProxy()
  const { socket, heard, closed } = client()
  proxy.silence('toClient')
  socket.write('lost')
  await until('the command arrived', () => received() === 'lost')
  proxy.heal()
  socket.write(' found')
  await until('the next reply', () => heard() === ' found')
  expect(closed()).toBe(false)
})

test('latency delays what flows in that direction and keeps its order', async () => {
  const { client, proxy } = await echoBehindProxy()
  const { socket, heard } = client()
  proxy.latency('toClient', 80)
  const started = performance.now()
  socket.write('a')
  await new Promise(resolve => setTimeout(resolve, 20))
  socket.write('b')
  await until('the echo', () => heard() === 'ab')
  expect(performance.now() - started).toBeGreaterThanOrEqual(80)
})

test('bandwidth lets bytes through little by little, in order', async () => {
  const { client, proxy } = await echoBehindProxy()
  const { socket, heard } = client()
  proxy.bandwidth('toClient', 20_000)
  const text = 'abcdefgh'.repeat(500)
  const started = performance.now()
  socket.write(text)
  await until('the first bytes', () => heard().length > 0)
  expect(heard().length).toBeLessThan(text.length)
  await until('all bytes', () => heard() === text)
  expect(performance.now() - started).toBeGreaterThanOrEqual(190)
})

test('cut resets open connections and takes new ones; refuse takes none until healed', async () => {
  const { client, proxy } = await echoBehindProxy()
  const first = client()
  first.socket.write('x')
  await until('echo', () => first.heard() === 'x')
  proxy.cut()
  await until('the first is cut', first.closed)
  const second = client()
  second.socket.write('y')
  await until('echo', () => second.heard() === 'y')
  proxy.refuse()
  await until('the second is cut', second.closed)
  const third = client()
  await until('the third is refused', third.closed)
  proxy.heal()
  const fourth = client()
  fourth.socket.write('z')
  await until('echo', () => fourth.heard() === 'z')
})

test('a target that is not there resets the client', async () => {
  const proxy = await startProxy(1)
  cleanUps.push(() => proxy.close())
  const { closed } = connect(proxy.port)
  await until('the client is cut', closed)
})

test('closes though a server went away that had taken less than it was sent', async () => {
  const server = createServer(socket => {
    socket.pause()
    socket.on('error', () => undefined)
    socket.end()
    setTimeout(() => socket.resetAndDestroy(), 200)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const proxy = await startProxy((server.address() as { port: number }).port)
  cleanUps.push(() => server.close())
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  cleanUps.push(() => socket.destroy())
  for (let i = 0; i < 32; i++) socket.write(Buffer.alloc(1024 * 1024))
  await new Promise(resolve => setTimeout(resolve, 400))
  await proxy.close()
  await until('both sides are closed', () => proxy.connections === 0)
})

test('alters what flows in one direction as it is told, until it heals', async () => {
  const { client, proxy, received } = await echoBehindProxy()
  const { socket, heard } = client()
  proxy.alter('toClient', chunk => Buffer.from(chunk.toString().toUpperCase()))
  socket.write('hello')
  await until('altered echo', () => heard() === 'HELLO')
  expect(received()).toBe('hello')
  proxy.heal()
  socket.write('hello')
  await until('plain echo', () => heard() === 'HELLOhello')
})

test('bytes stay in their order while the latency changes and the event loop is late', async () => {
  const { client, proxy } = await echoBehindProxy()
  const { socket, heard } = client()
  let sent = ''
  for (let i = 0; i < 500; i++) {
    proxy.latency('toClient', (i * 7) % 5)
    const piece = `${i} `
    sent += piece
    socket.write(piece)
    await new Promise(resolve => setImmediate(resolve))
    if (i % 10 === 0) for (const end = performance.now() + 3; performance.now() < end; );
  }
  await until('all of it', () => heard().length >= sent.length)
  expect(heard()).toBe(sent)
})
