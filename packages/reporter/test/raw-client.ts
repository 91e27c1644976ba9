import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Opens a connection to 127.0.0.1 and sends `text`. Errors are swallowed: breaking connections is what these tests are about. */
export async function sendRaw(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** Sends `text` and waits until the server has closed the connection; returns all it said. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = await sendRaw(port, text)
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  // Not events.once: it would reject for a connection that is reset, which is an end like any.
  await new Promise(resolve => socket.once('close', resolve))
  return answer
}

/** The head of a request whose connection the server closes after the answer, unless `fields` say otherwise. */
export function head(method: string, path: string, fields: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ host: 'api.test', connection: 'close', ...fields }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}
