/** A row that an adapter cannot have, and why. The page docs/frameworks.md says the same. */
export interface ImpossibleCase {
  readonly targets: readonly string[]
  readonly cases: readonly string[]
  readonly reason: string
}

export const impossibleCases: readonly ImpossibleCase[] = [
  {
    targets: ['express 4', 'express 5', 'nestjs on express'],
    cases: [
      'HTTP/2',
      'HTTP/2, a connection on which nothing moves',
      'HTTP/2, a client that leaves a connection that may time out',
      'HTTP/2, an upload',
      'HTTP/2, a path without a route',
      'HTTP/2, reset before the reply',
      'HTTP/2, reset in the middle of a stream',
      'HTTP/2 over TLS',
    ],
    reason: "Express puts HTTP/1's prototypes under the requests and cannot answer over HTTP/2.",
  },
  {
    targets: ['instrument', 'node:http'],
    cases: [
      'the template of a route',
      'the template of a route in a mounted router or a prefix',
      'the route of an adapter on an instrumented server',
      'the content of requests by the template of their route',
      'the content of requests by the route of an adapter on an instrumented server',
    ],
    reason: 'Node has no routes; `enrich` may say one.',
  },
  {
    targets: ['instrument', 'node:http'],
    cases: ['the name of the error of a handler'],
    reason: 'Node catches no error of a handler; `enrich` may name one.',
  },
  {
    targets: ['instrument', 'node:http', 'hono 4'],
    cases: ['a proxy that the framework trusts'],
    reason: 'There is no such setting; `clientIp` is the peer, unless `enrich` says otherwise.',
  },
  {
    targets: ['instrument'],
    cases: ['an adapter on an instrumented server'],
    reason: 'It is what instruments the server; a second time is one too many, and warns.',
  },
]

/** Why the adapter cannot have the row; undefined when it can. */
export function impossible(target: string, name: string): string | undefined {
  return impossibleCases.find(({ targets, cases }) => targets.includes(target) && cases.includes(name))?.reason
}
