import { attempt } from './attempt.ts'
import { createBackoff } from './backoff.ts'
import type { Episode } from './episode.ts'
import type { Heartbeat } from './heartbeat.ts'
import { pause } from './pause.ts'

/** Creating indexes or templates may take longer than a write. */
const MIN_START_TIMEOUT_MS = 30_000

/** How to start a pump, and how often to try. */
export interface StartOptions {
  /** Makes the pump if need be and starts it. */
  start(signal: AbortSignal): Promise<void>
  readonly timeoutMs: number
  readonly retry: { readonly initialMs: number; readonly maxMs: number }
  readonly stopping: AbortSignal
  readonly episode: Episode
  readonly heartbeat: Heartbeat
}

/**
 * Starts a pump, again and again with backoff until it succeeds. A start may take `timeoutMs`, 30 s at least. True when it is started,
 * false when the pipeline stopped before that. Never rejects.
 */
export async function startPump({
  start,
  timeoutMs,
  retry,
  stopping,
  episode,
  heartbeat,
}: StartOptions): Promise<boolean> {
  const backoff = createBackoff(retry)
  const limitMs = Math.max(timeoutMs, MIN_START_TIMEOUT_MS)
  while (!stopping.aborted) {
    heartbeat.beat(limitMs)
    const ended = await attempt(start, limitMs, stopping)
    if (ended.kind === 'done') {
      episode.recovered()
      return true
    }
    if (ended.kind === 'stopped') return false
    episode.failed(ended.error)
    const waitMs = backoff.next()
    heartbeat.beat(waitMs)
    await pause(waitMs, stopping)
  }
  return false
}
