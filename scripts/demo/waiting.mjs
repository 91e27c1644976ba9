import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// How often a condition is looked at again: quick to the eye, nothing to the CPU.
const pollMs = 100

/** A port of 127.0.0.1 that was free a moment ago. @returns {Promise<number>} */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })

/**
 * One GET.
 * @param {string} url
 * @returns {Promise<{ status: number, body: string }>} status 0 when nothing answered
 */
export const get = url =>
  new Promise(resolve => {
    const sent = request(url, { timeout: 2000 }, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', () => resolve({ status: 0, body: '' }))
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => resolve({ status: 0, body: '' }))
    sent.end()
  })

/**
 * Waits until `condition` returns something truthy.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {number} timeoutMs
 * @returns {Promise<T | undefined>} undefined when the time is up
 */
export const waitFor = async (condition, timeoutMs) => {
  const deadlineMs = performance.now() + timeoutMs
  do {
    const value = await condition()
    if (value) return value
    await sleep(pollMs)
  } while (performance.now() < deadlineMs)
  return undefined
}
