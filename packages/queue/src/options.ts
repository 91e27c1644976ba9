import type { OptionSchema } from '@pumphouse/options'

/** Longer timers of Node fire at once. That of @pumphouse/options would load all of that into each worker thread. */
const MAX_TIMER_MS = 24 * 24 * 60 * 60 * 1000

/** The `redis:` section of both configuration files. */
export const redisOptions = {
  url: {
    doc: 'Where Redis (or Valkey) is: redis://[user[:password]@]host[:port][/db], rediss:// for TLS.',
    format: 'url',
    default: 'redis://127.0.0.1:6379',
    schemes: ['redis', 'rediss'],
    env: 'PUMPHOUSE_REDIS_URL',
    sensitive: true,
  },
  username: { doc: 'ACL user, when the URL does not name it.', format: 'string', default: null },
  password: { doc: 'Its password, when the URL does not hold it.', format: 'string', default: null, sensitive: true },
  connectTimeout: {
    doc: 'How long a connection attempt may take.',
    format: 'duration',
    default: '5s',
    max: MAX_TIMER_MS,
  },
  commandTimeout: {
    doc: 'How long a command may wait for its reply before the connection counts as dead.',
    format: 'duration',
    default: '10s',
    max: MAX_TIMER_MS,
  },
} as const satisfies OptionSchema

/** The `analytics:` section of both configuration files: they must say the same. */
export const analyticsOptions = {
  name: { doc: 'Name of the analytics set.', format: 'string', default: 'analytics' },
  partitions: {
    doc: 'How many streams the set is spread over. Reporter and daemon must agree.',
    format: 'integer',
    default: 1,
    min: 1,
    max: 256,
  },
} as const satisfies OptionSchema

/** What only those who push have in their `analytics:` section: the bounds of what may wait in Redis. */
export const backlogOptions = {
  maxBacklogRecords: {
    doc: 'Records that may wait in each partition; Redis then takes no more frames, and they wait here. 0 = any number.',
    format: 'integer',
    default: 0,
    min: 0,
  },
  maxBacklogBytes: {
    doc: 'The same in bytes of frames. An empty backlog takes one frame of any size. 0 = any number.',
    format: 'size',
    default: 0,
    min: 0,
  },
} as const satisfies OptionSchema
