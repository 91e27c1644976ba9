import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { run } from '../commands.mjs'
import { childEnvironment, givenRedisUrl } from '../environment.mjs'
import { dockerRuns, obtainRedisProgram, redisAdvice } from '../obtain-redis.mjs'
import { inRepository } from '../repository.mjs'
import { startChild } from './children.mjs'
import { freePort, waitFor } from './waiting.mjs'

/**
 * A Redis for the demo: the given one, an own one, or one in Docker.
 * @typedef {{ url: string, set: string, told: string, stop: () => Promise<void> }} DemoRedis url, name of the analytics set, where it came from
 */

const image = 'redis:7-alpine'
const startTimeoutMs = 10_000
const stopTimeoutMs = 5_000

/**
 * What stops it when the demo ends as it should; until then `atExit` runs if the demo is ended at once, by a second Ctrl-C.
 * @param {() => Promise<void>} stop @param {() => void} atExit nothing that waits
 */
const stopping = (stop, atExit) => {
  process.once('exit', atExit)
  return async () => {
    await stop()
    process.off('exit', atExit)
  }
}

/** A client, from the package that was built by now. @param {string} url */
const connect = async url => {
  const { connectRedis } = await import(inRepository('packages/queue/dist/index.js'))
  return connectRedis({ url }, 'demo')
}

/** @param {string} url @param {number} timeoutMs */
const answers = async (url, timeoutMs) => {
  const redis = await connect(url)
  try {
    const ping = () => redis.ping().catch(() => undefined)
    return (await waitFor(ping, timeoutMs)) !== undefined
  } finally {
    redis.disconnect()
  }
}

/** Removes everything that belongs to a set. @param {string} url @param {string} set */
const removeSet = async (url, set) => {
  const redis = await connect(url)
  try {
    await waitFor(() => redis.ping().catch(() => undefined), startTimeoutMs)
    let cursor = '0'
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `{${set}:*`, 'COUNT', 1000)
      if (keys.length > 0) await redis.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  } finally {
    redis.disconnect()
  }
}

/** @param {string} url @returns {Promise<DemoRedis>} */
const useGiven = async url => {
  // Somebody's Redis: an own name keeps the demo away from what is there, and is removed at the end.
  const set = `demo-${randomBytes(4).toString('hex')}`
  const host = new URL(url).host
  if (!(await answers(url, startTimeoutMs)))
    throw new Error(`PUMPHOUSE_REDIS_URL is given, but no Redis answers at ${host}`)
  const stop = stopping(
    () => removeSet(url, set),
    () => console.log(`left behind at ${host}: the keys that begin with {${set}:`),
  )
  return { url, set, told: `the given one at ${host}, set ${set}`, stop }
}

/** @param {string} program @param {string} folder @returns {Promise<DemoRedis>} */
const startOwn = async (program, folder) => {
  const data = `${folder}/redis`
  mkdirSync(data, { recursive: true })
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', data, '--save', '', '--appendonly', 'yes']
  const child = startChild('redis', program, args, {
    cwd: data,
    env: childEnvironment({}),
    logFile: `${folder}/redis.log`,
  })
  const stop = async () => {
    await child.stop(stopTimeoutMs)
    rmSync(data, { recursive: true, force: true })
  }
  const url = `redis://127.0.0.1:${port}`
  if (await answers(url, startTimeoutMs))
    return { url, set: 'analytics', told: `our own ${program} on port ${port}`, stop }
  await stop()
  throw new Error(`${program} was started but does not answer; see ${folder}/redis.log`)
}

/** @returns {Promise<DemoRedis>} */
const startInDocker = async () => {
  console.log(`starting ${image} in Docker`)
  const started = await run('docker', ['run', '--rm', '--detach', '--publish', '127.0.0.1::6379', image])
  if (started.code !== 0) throw new Error(`Docker could not start ${image}: ${started.output.trim()}. ${redisAdvice}`)
  const container = started.output.trim().split('\n').at(-1) ?? ''
  const stop = stopping(
    async () => void (await run('docker', ['stop', container])),
    () => void spawnSync('docker', ['kill', container]),
  )
  const { output } = await run('docker', ['port', container, '6379/tcp'])
  const url = `redis://${output.trim().split('\n')[0]}`
  if (await answers(url, startTimeoutMs)) return { url, set: 'analytics', told: `${image} in Docker`, stop }
  await stop()
  throw new Error(`${image} was started in Docker but does not answer at ${url}. ${redisAdvice}`)
}

/**
 * @param {string} folder the demo's own
 * @returns {Promise<DemoRedis>}
 * @throws {Error} that says what a person can do
 */
export const obtainDemoRedis = async folder => {
  if (givenRedisUrl) return useGiven(givenRedisUrl)
  const found = await obtainRedisProgram()
  if ('program' in found) return startOwn(found.program, folder)
  if (await dockerRuns()) return startInDocker()
  throw new Error(`The demo needs Redis, and there is none: ${found.reason}. ${redisAdvice}`)
}
