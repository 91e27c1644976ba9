import { afterEach, expect, test, vi } from 'vitest'
import type { RunningServer } from './server-process.ts'
import { ServerUnavailable } from './server-unavailable.ts'
import { sharedServer } from './shared-server.ts'

afterEach(() => vi.unstubAllEnvs())

const unavailable = () => Promise.reject(new ServerUnavailable('none is installed'))
const skip = (reason: string): never => {
  throw new Error(`skipped: ${reason}`)
}

test('a server that cannot be had skips the test with the reason', async () => {
  vi.stubEnv('CI', '')
  await expect(sharedServer(unavailable).orSkip(skip)).rejects.toThrow('skipped: none is installed')
})

test('with CI set a server that cannot be had is an error', async () => {
  vi.stubEnv('CI', 'true')
  await expect(sharedServer(unavailable).orSkip(skip)).rejects.toBeInstanceOf(ServerUnavailable)
})

test('a server that fails to start is an error, never a skip', async () => {
  vi.stubEnv('CI', '')
  const broken = sharedServer(() => Promise.reject(new Error('it ended')))
  await expect(broken.orSkip(skip)).rejects.toThrow('it ended')
  await broken.stop()
})

test('is started once, when it is first asked for, and stopped only if it was', async () => {
  let stops = 0
  const stop = async () => void stops++
  const start = vi.fn(async () => ({ stop }) as RunningServer)
  const server = sharedServer(start)
  await server.stop()
  expect(start).not.toHaveBeenCalled()
  expect(await server.orSkip(skip)).toBe(await server.orSkip(skip))
  await server.stop()
  expect([start.mock.calls.length, stops]).toEqual([1, 1])
})
