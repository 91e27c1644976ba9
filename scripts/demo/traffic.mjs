import { Agent, request } from 'node:http'

/**
 * Mixed traffic at a steady rate, as an API sees it on an ordinary day: mostly good, some not found, some failing, some slow, some clients that
 * leave before the answer.
 */

const requestsPerSecond = 60

/** @typedef {{ weight: number, method: string, path: () => string, body?: string, leaveAfterMs?: number }} Kind */

const orderNumber = () => 1 + Math.floor(Math.random() * 3)
const order = JSON.stringify({ item: 'tea', quantity: 2 })

/** @type {readonly Kind[]} */
const kinds = [
  { weight: 35, method: 'GET', path: () => '/orders' },
  { weight: 25, method: 'GET', path: () => `/orders/${orderNumber()}` },
  { weight: 12, method: 'POST', path: () => '/orders', body: order },
  { weight: 6, method: 'GET', path: () => '/orders/4711' },
  { weight: 5, method: 'GET', path: () => '/no-such-page' },
  { weight: 5, method: 'GET', path: () => '/failing' },
  { weight: 7, method: 'GET', path: () => '/slow' },
  // Long enough for the request to have arrived, shorter than the slow handler takes.
  { weight: 5, method: 'GET', path: () => '/slow', leaveAfterMs: 50 },
  // In the middle of an answer that comes line by line.
  { weight: 2, method: 'GET', path: () => '/export', leaveAfterMs: 150 },
]

const totalWeight = kinds.reduce((sum, { weight }) => sum + weight, 0)

const pick = () => {
  let left = Math.random() * totalWeight
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return kinds[0]
}

/**
 * Sends one request.
 * @param {string} url @param {Agent} agent @param {Kind} kind
 * @returns {Promise<'answered' | 'left' | 'unreached'>} left: we went before the answer; unreached: no connection
 */
const send = (url, agent, { method, path, body, leaveAfterMs }) =>
  new Promise(resolve => {
    const headers = body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}
    const sent = request(url + path(), { method, headers, agent }, response => {
      response.resume()
      response.on('close', () => resolve('answered'))
    })
    let left = false
    if (leaveAfterMs !== undefined) {
      sent.on('socket', socket => {
        const leave = () =>
          setTimeout(() => {
            left = true
            sent.destroy()
          }, leaveAfterMs)
        if (socket.connecting) socket.once('connect', leave)
        else leave()
      })
    }
    sent.on('error', () => resolve(left ? 'left' : 'unreached'))
    sent.end(body)
  })

/**
 * Starts sending.
 * @param {string} url of the API
 * @returns {{ sent: () => number, unreached: () => number, stop: () => Promise<void> }} sent counts requests that reached the API; stop waits for those under way
 */
export const startTraffic = url => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const underWay = new Set()
  let sent = 0
  let unreached = 0
  const one = () => {
    const promise = send(url, agent, pick()).then(outcome => {
      if (outcome === 'unreached') unreached += 1
      else sent += 1
      underWay.delete(promise)
    })
    underWay.add(promise)
  }
  const timer = setInterval(one, 1000 / requestsPerSecond)
  return {
    sent: () => sent,
    unreached: () => unreached,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
      agent.destroy()
    },
  }
}
