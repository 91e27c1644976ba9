/** A body of the web that goes through chunk by chunk, as fast as it is asked for. */

/** What goes out in place of a body. */
export interface WatchedBody {
  readonly stream: ReadableStream<Uint8Array>
  /** Gives the body back, unread: the stream is not used after all. */
  release(): void
}

/** What cut a body short: the reader that left, or the error of what makes it. */
export type Cut = { readonly by: 'reader' } | { readonly by: 'error'; readonly error: unknown }

/** Reads nothing before it is asked for. */
const STRATEGY = { highWaterMark: 0 }

/**
 * The same chunks, errors and reasons of a cancellation; then `onEnd`, once, with what cut it short if anything did. A byte stream stays one, so that readers may bring memory of
 * their own (BYOB); what makes it is asked without it. Locks the body, or throws and has not.
 */
export function watchBody(body: ReadableStream<Uint8Array>, onEnd: (cut?: Cut) => void): WatchedBody {
  const bytes = isByteStream(body)
  const reader = body.getReader()
  let ended = false

  function end(cut?: Cut): void {
    if (!ended) onEnd(cut)
    ended = true
  }

  async function pull(
    controller: ReadableStreamDefaultController<Uint8Array> | ReadableByteStreamController,
  ): Promise<void> {
    try {
      const { done, value } = await reader.read()
      if (ended) return
      if (done) {
        controller.close()
        // A reader that brought memory of its own has it back only by this.
        if ('byobRequest' in controller) controller.byobRequest?.respond(0)
        end()
        return
      }
      // A byte stream refuses chunks of nothing.
      if (bytes && value.byteLength === 0) return pull(controller)
      controller.enqueue(value as Uint8Array<ArrayBuffer>)
    } catch (error) {
      controller.error(error)
      end({ by: 'error', error })
    }
  }

  async function cancel(reason: unknown): Promise<void> {
    end({ by: 'reader' })
    await reader.cancel(reason)
  }

  try {
    const stream = bytes
      ? new ReadableStream({ type: 'bytes', pull, cancel }, STRATEGY)
      : new ReadableStream<Uint8Array>({ pull, cancel }, STRATEGY)
    return { stream, release: () => reader.releaseLock() }
  } catch (error) {
    reader.releaseLock()
    throw error
  }
}

/** Only by trying: what is none refuses the reader, and stays unlocked. */
function isByteStream(body: ReadableStream<Uint8Array>): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}
