import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a gateway says by itself. */
export interface GatewayAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** An HTTP gateway before a real server, as stands before many: it passes requests on, and now and then answers by itself. */
export interface Gateway {
  readonly url: string
  /** The next request is answered so. */
  answerNext(answer: GatewayAnswer): void
  /** Every request whose body holds that text is answered so. */
  refuseWith(text: string, answer: GatewayAnswer): void
}

/** Closed when the test ends. */
export async function startGateway(port: number): Promise<Gateway> {
  let next: GatewayAnswer | undefined
  let refused: { readonly text: string; readonly answer: GatewayAnswer } | undefined
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const own = next ?? (refused && body.includes(refused.text) ? refused.answer : undefined)
    next = undefined
    if (own) return outgoing.writeHead(own.status, own.headers).end(own.body)
    const { method, url, headers } = incoming
    request({ port, host: '127.0.0.1', method, path: url, headers }, answer => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
    }).end(body)
    return undefined
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerNext: answer => {
      next = answer
    },
    refuseWith: (text, answer) => {
      refused = { text, answer }
    },
  }
}
