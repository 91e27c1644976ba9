import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { until } from '../until.ts'
import { ask } from './ask.ts'
import { startRedis } from './redis-server.ts'
import { startServer } from './server-process.ts'

const pings = (port: number): Promise<boolean> => ask(port, Buffer.from('PING\r\n'), reply => reply.includes('PONG'))

test('a server answers on its own port from the moment it is handed out, and is gone with its folder after stop', async () => {
  const [one, two] = await Promise.all([startRedis(), startRedis()])
  expect(one.port).not.toBe(two.port)
  expect(await pings(one.port)).toBe(true)
  await one.stop()
  await one.stop()
  expect(await pings(one.port)).toBe(false)
  expect(existsSync(one.folder)).toBe(false)
  expect(await pings(two.port)).toBe(true)
  await two.stop()
})

test('a killed server comes back on the same port with what it had on disk', async () => {
  const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  const { port, pid } = redis
  await ask(port, Buffer.from('SET a 1\r\n'), reply => reply.includes('OK'))
  await redis.kill()
  expect(await pings(port)).toBe(false)
  await redis.restart()
  expect(redis.port).toBe(port)
  expect(redis.pid).not.toBe(pid)
  expect(await ask(port, Buffer.from('GET a\r\n'), reply => reply.includes('$1\r\n1'))).toBe(true)
  await redis.stop()
})

test('a frozen server takes connections and says nothing until it is thawed, and can be stopped while frozen', async () => {
  const redis = await startRedis()
  await redis.freeze()
  expect(await pings(redis.port)).toBe(false)
  redis.thaw()
  expect(await pings(redis.port)).toBe(true)
  await redis.freeze()
  await redis.stop()
  expect(await pings(redis.port)).toBe(false)
})

test('a server that ends at once is reported with what it logged', async () => {
  await expect(startRedis(['--no-such-option', 'x'])).rejects.toThrow(/ended while it was starting: .*no-such-option/)
})

test('a program that does not exist is an error, not a crash', async () => {
  const recipe = { name: 'ghost', program: '/nonexistent/ghost', args: () => [], url: () => '', answers: pings }
  await expect(startServer(recipe)).rejects.toThrow('ghost ended while it was starting')
})

test('servers end with the process that started them, even when that is killed', async () => {
  const starter = `
    import { startRedis } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    const redis = await startRedis()
    console.log(redis.port + ' ' + redis.folder)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data).trim())))
  const [port, folder] = line.split(' ')
  expect(await pings(Number(port))).toBe(true)
  child.kill('SIGKILL')
  await until('the orphaned server is gone', async () => !(await pings(Number(port))) && !existsSync(String(folder)))
})
