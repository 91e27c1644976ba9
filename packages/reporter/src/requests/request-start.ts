import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { unlessBroken } from '../unless-broken.ts'

/** Published by Node for each HTTP/1 request, before anybody else sees it. */
export interface RequestStart {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly server: object
}

type Look = (start: RequestStart) => void

const looks: Look[] = []
let subscribed = false

/** Calls back for each request of every server of the process, from now on. */
export function onRequestStart(look: Look): void {
  looks.push(look)
  begin()
}

/** The same, before all others. */
export function onRequestStartFirst(look: Look): void {
  looks.unshift(look)
  begin()
}

function begin(): void {
  if (subscribed) return
  subscribed = true
  subscribe('http.server.request.start', message => {
    unlessBroken(() => {
      for (const look of looks) unlessBroken(() => look(message as RequestStart))
    })
  })
}
