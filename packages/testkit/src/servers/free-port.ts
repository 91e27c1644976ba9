import { createServer } from 'node:net'

/** Of a hundred ports some are taken, not nearly all of them. */
const RANGE_ATTEMPTS = 20

/** A TCP port of 127.0.0.1 that nobody listens on at this moment; of that range, when one is given. */
export async function freePort(range?: { readonly from: number; readonly to: number }): Promise<number> {
  if (range === undefined) return portIfFree(0)
  for (let attempt = 1; ; attempt++) {
    const port = range.from + Math.floor(Math.random() * (range.to - range.from + 1))
    try {
      return await portIfFree(port)
    } catch (error) {
      if (attempt === RANGE_ATTEMPTS) throw error
    }
  }
}

function portIfFree(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
