/**
 * What a reporter does, as events of node:diagnostics_channel: whoever wants to know subscribes, and otherwise it costs nothing. What is published is made for
 * the subscriber; an exception of his is his own, as with any channel.
 */
import { channel } from 'node:diagnostics_channel'
import type { ErrorCode } from '@pumphouse/record'
import type { DropReason } from './tally.ts'

const sent = channel('pumphouse.reporter.sent')
const spooled = channel('pumphouse.reporter.spooled')
const dropped = channel('pumphouse.reporter.dropped')
const warning = channel('pumphouse.reporter.warning')

/** Publishes for one reporter. */
export interface ReporterChannels {
  /** `pumphouse.reporter.sent`: { service, records }: Redis acknowledged so many. */
  sent(records: number): void
  /** `pumphouse.reporter.spooled`: { service, records }: so many are on disk, to be sent later. */
  spooled(records: number): void
  /** `pumphouse.reporter.dropped`: { service, reason, records }. */
  dropped(reason: DropReason, records: number): void
  /** `pumphouse.reporter.warning`: { service, code, message }: the same that is warned of, once per episode. */
  warning(code: ErrorCode, message: string): void
}

export function createChannels(service: string): ReporterChannels {
  return {
    sent(records) {
      if (sent.hasSubscribers) sent.publish({ service, records })
    },
    spooled(records) {
      if (spooled.hasSubscribers) spooled.publish({ service, records })
    },
    dropped(reason, records) {
      if (dropped.hasSubscribers) dropped.publish({ service, reason, records })
    },
    warning(code, message) {
      if (warning.hasSubscribers) warning.publish({ service, code, message })
    },
  }
}
