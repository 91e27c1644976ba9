import { createConnection } from 'node:net'

/** Longer than any answer of a server on this machine that is ready. */
const ANSWER_TIMEOUT_MS = 1_000

/** Opens a connection, sends the bytes, and gives `accept` everything that came back until it says yes or no. */
export function ask(port: number, bytes: Uint8Array, accept: (reply: Buffer) => boolean | undefined): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    let reply = Buffer.alloc(0)
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => end(false))
    socket.on('connect', () => socket.write(bytes))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('data', chunk => {
      reply = Buffer.concat([reply, chunk])
      const answer = accept(reply)
      if (answer !== undefined) end(answer)
    })
  })
}
