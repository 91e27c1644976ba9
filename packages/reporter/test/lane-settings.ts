import type { LaneSettings } from '../src/lane/lane-messages.ts'

/** Of a lane that is not to reach Redis. */
export const settings: LaneSettings = {
  service: 's',
  instance: 'i',
  lane: 'i-1',
  redis: { url: 'redis://nowhere' },
  set: { name: 'analytics', partitions: 1, maxBacklogRecords: 0, maxBacklogBytes: 0 },
  compress: true,
  redact: {},
  spool: undefined,
}
