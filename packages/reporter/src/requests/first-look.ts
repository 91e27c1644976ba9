/**
 * A first look at requests where Node hands them out, for frameworks that change their prototypes, as Express does: until V8 12.5 (Node 24) whatever is read of them or
 * added to them after that costs the engine many times what it does before. So once a request of such a server has come to the reporter, those after it
 * are looked at before anybody else sees them. What waits in front of the reporter then counts, too. A request that nobody asks for makes no record.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Observation } from './observation.ts'
import { onRequestStartFirst } from './request-start.ts'
import { expectMark } from './seen-request.ts'

const servers = new WeakSet<object>()
let looking = false

/** The last that was looked at: most are asked for before the next comes. */
let last: { readonly request: object; readonly observation: Observation } | undefined
/** Those before it that nobody asked for: something in front of the reporter answers them, or waits. */
const earlier = new WeakMap<object, Observation>()

/** Has the requests of the server looked at from now on. */
export function lookFirst(server: object | undefined): void {
  if (server === undefined) return
  servers.add(server)
  if (looking) return
  looking = true
  onRequestStartFirst(({ request, response, server: from }) => {
    if (servers.has(from)) look(request, response)
  })
}

function look(request: IncomingMessage, response: ServerResponse): void {
  if (last !== undefined) earlier.set(last.request, last.observation)
  expectMark(request)
  last = { request, observation: new Observation(request, response) }
}

/** What was seen of a request at the first look, once; undefined where there was none. */
export function takeFirstLook(request: object): Observation | undefined {
  if (last?.request === request) {
    const { observation } = last
    last = undefined
    return observation
  }
  const observation = earlier.get(request)
  if (observation !== undefined) earlier.delete(request)
  return observation
}
