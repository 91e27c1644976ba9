import type { CaptureSettings } from '../capture-option.ts'
import { findActiveSpan, type SpanIds } from './active-span.ts'
import { type Capture, createCapture } from './capture.ts'
import { createOpenRequests, type OpenRequests } from './open-requests.ts'

/** What the options of a reporter say about requests. */
export interface RequestSettings {
  readonly capture: CaptureSettings | undefined
  /** 0 = only when they end. */
  readonly openRecordAfterMs: number
  /** Whether records hold the messages of errors. */
  readonly errorMessages: boolean
}

/** What a reporter wants of requests, and those that are under way: what all adapters of one reporter share. */
export interface RequestWatch {
  readonly open: OpenRequests
  /** Undefined: nothing is captured. */
  readonly capture: Capture | undefined
  /** Undefined: there is no OpenTelemetry. */
  readonly activeSpan: (() => SpanIds | undefined) | undefined
  readonly errorMessages: boolean
  /** Told when a request could not be looked at: somebody changed what Node's objects do. Never throws. */
  readonly failed: (error: unknown) => void
}

/** What these settings ask for, with no request under way. */
export function createRequestWatch(
  { capture, openRecordAfterMs, errorMessages }: RequestSettings,
  failed: (error: unknown) => void = () => undefined,
): RequestWatch {
  return {
    capture: capture && createCapture(capture),
    open: createOpenRequests(openRecordAfterMs),
    activeSpan: findActiveSpan(),
    errorMessages,
    failed(error) {
      try {
        failed(error)
      } catch {
        // Where even saying so fails, the request goes on unseen.
      }
    },
  }
}
