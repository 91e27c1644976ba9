/**
 * A request under way whose end may never come: the body of its response may be thrown away unread, of which only the garbage collector hears. The ring of open requests
 * must not hold such a request, or all that belongs to it would stay.
 */

import type { OpenRequest, OpenRequests } from './open-requests.ts'

/** Makes the last record of a request: the application closes. Held by whoever brings the request to its end. */
export interface Ends {
  shutDown(): void
}

interface Place {
  readonly open: OpenRequests
  readonly entry: OpenRequest
}

const forgotten = new FinalizationRegistry<Place>(({ open, entry }) => open.remove(entry))

/** Adds the request for as long as somebody else holds `ends`. It is to be removed when it has ended. */
export function addWeakly(open: OpenRequests, startMs: number, ends: Ends): OpenRequest {
  const held = new WeakRef(ends)
  const entry: OpenRequest = {
    startMs,
    previous: undefined,
    next: undefined,
    // A stream has one record, at its end.
    announce: () => undefined,
    shutDown: () => held.deref()?.shutDown(),
  }
  open.add(entry)
  forgotten.register(ends, { open, entry })
  return entry
}
