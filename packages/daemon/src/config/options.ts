/** Every option of pump.yaml, declared once. What a pump's type adds under `meta:` is declared by the pump itself. */

import { isField, MAX_TIMER_MS, type OptionField, type OptionSchema, type OptionValues } from '@pumphouse/options'
import { analyticsOptions, redisOptions } from '@pumphouse/queue'
import { ownRecordOptions, sharedRecordOptions } from './record-options.ts'

/** Every variable begins with it: purgeDelay is PUMPHOUSE_PURGE_DELAY. */
export const ENV_PREFIX = 'PUMPHOUSE'

/** How a pump drains its share. At the top level for every pump, and again in any pump that wants it otherwise. */
export const drainOptions = {
  purgeDelay: {
    doc: 'A pump drains its share until nothing is left, then sleeps this long. 0 = it streams.',
    format: 'duration',
    default: '1s',
    max: MAX_TIMER_MS,
  },
  ...sharedRecordOptions,
  timeout: {
    doc: 'How long a single write to the target may take before it is aborted and tried again.',
    format: 'duration',
    default: '10s',
    min: 1,
    max: MAX_TIMER_MS,
  },
  batch: {
    maxRecords: { doc: 'Records in one write at most.', format: 'integer', default: 1000, min: 1, max: 100_000 },
    maxBytes: {
      doc: 'Bytes in one write at most, as estimated from the frames.',
      format: 'size',
      default: '4MiB',
      min: 1,
    },
    maxAge: {
      doc: 'How long records may wait for a batch to fill.',
      format: 'duration',
      default: '1s',
      min: 1,
      max: MAX_TIMER_MS,
    },
  },
  concurrency: {
    doc: 'Writes to the target that may be under way at once. Above 1 batches may arrive in another order than they were recorded in.',
    format: 'integer',
    default: 1,
    min: 1,
    max: 64,
  },
  rateLimit: {
    maxRecords: {
      doc: 'Records sent to the target in the time `per`, at most, those sent again included; the rest waits in Redis. 0 = any number.',
      format: 'integer',
      default: 0,
      min: 0,
    },
    per: { doc: 'The time that maxRecords is for.', format: 'duration', default: '1s', min: 1, max: MAX_TIMER_MS },
  },
  retry: {
    initial: {
      doc: 'The longest first pause after a failed write; it doubles with every further failure, and the real pause is a random part of it.',
      format: 'duration',
      default: '200ms',
      min: 1,
      max: MAX_TIMER_MS,
    },
    max: { doc: 'What the pause grows to at most.', format: 'duration', default: '30s', min: 1, max: MAX_TIMER_MS },
    deadline: {
      doc: 'How long a batch is tried before its records are dead-lettered. 0 = as long as it takes; they wait in Redis.',
      format: 'duration',
      default: 0,
    },
  },
  breaker: {
    failures: {
      doc: 'Failed writes in a row after which the target is left alone for a while. 0 = it never is.',
      format: 'integer',
      default: 10,
      min: 0,
    },
    openFor: {
      doc: 'How long it is left alone before a single write shows whether it works again; its records wait in Redis.',
      format: 'duration',
      default: '30s',
      min: 1,
      max: MAX_TIMER_MS,
    },
  },
  startAt: {
    doc: 'Where a pump that is new to the set begins: with the backlog that is there, or with what comes now.',
    format: ['backlog', 'now'],
    default: 'backlog',
  },
} as const satisfies OptionSchema

/** The top level of pump.yaml. */
export const daemonOptions = {
  redis: redisOptions,
  analytics: {
    ...analyticsOptions,
    lease: {
      doc: 'A daemon that is silent for so long loses what it was working on to another one.',
      format: 'duration',
      default: '60s',
      min: 100,
      max: MAX_TIMER_MS,
    },
    maxDeadLetters: {
      doc: 'Dead letters kept in each partition; beyond it the oldest go, and are counted.',
      format: 'integer',
      default: 100_000,
      min: 1,
    },
    maxDeliveries: {
      doc: 'A frame that was handed out so often and never settled, because whoever had it ended each time, is quarantined: kept as a dead letter, reason poison. 0 = it is tried for ever.',
      format: 'integer',
      default: 10,
      min: 0,
    },
    grace: {
      doc: 'How long the share of a pump is kept after no daemon of the set has wanted it: it was disabled, renamed, or taken out of the file.',
      format: 'duration',
      default: '7d',
      min: 1000,
    },
    retention: {
      maxAge: {
        doc: 'Entries of the set that are older are removed, whether they were delivered or not, and counted as removed. 0 = they are kept until they are delivered.',
        format: 'duration',
        default: 0,
      },
      maxRecords: {
        doc: 'Records that each partition holds at most; beyond it the oldest are removed, delivered or not, and counted as removed. 0 = any number.',
        format: 'integer',
        default: 0,
        min: 0,
      },
    },
  },
  ...drainOptions,
  health: {
    enabled: { doc: 'Serve the health checks over HTTP.', format: 'boolean', default: true },
    host: {
      doc: 'Address to listen on; 0.0.0.0 for probes from elsewhere.',
      format: 'string',
      default: '127.0.0.1',
      min: 1,
    },
    port: { doc: 'Port to listen on; 0 = any free one, which the log names.', format: 'port', default: 7070 },
    path: {
      doc: 'Where the health of every component is shown; beside it /livez and /readyz.',
      format: 'string',
      default: '/healthz',
    },
  },
  log: {
    level: {
      doc: 'The least level that is logged.',
      format: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      default: 'info',
    },
    pretty: {
      doc: 'Lines for people instead of JSON. Logs go to stderr either way.',
      format: 'boolean',
      default: false,
    },
  },
  shutdownTimeout: {
    doc: 'How long SIGTERM may take: writes under way are finished, the rest is handed back.',
    format: 'duration',
    default: '30s',
    max: MAX_TIMER_MS,
  },
  watch: {
    doc: 'Read this file again when it changes, and when a secret file does that a variable with `_FILE` names. SIGHUP always does.',
    format: 'boolean',
    default: true,
  },
  pluginDirs: {
    doc: 'Folders in which pumps of your own are looked for, relative to this file: `type: my-pump` is my-pump.js, my-pump.mjs or my-pump/index.js in one of them.',
    format: 'strings',
    default: [],
    example: ['./pumps'],
  },
  pumps: {
    doc: 'The pumps by name. Under this name a pump also has its share of the set in Redis: a pump that is renamed is a new one.',
    format: 'json',
    default: null,
    sensitive: true,
  },
} as const satisfies OptionSchema

/** What only a pump has, beside the drain options. */
export const pumpOnlyOptions = {
  type: {
    doc: 'The kind of pump: a built-in one, ./a-file.js beside this file, a word that is found in pluginDirs, or an installed package.',
    format: 'string',
    default: null,
    required: true,
    min: 1,
    example: 'stdout',
  },
  enabled: {
    doc: 'A disabled pump does not run; its share is kept for analytics.grace.',
    format: 'boolean',
    default: true,
  },
  paused: {
    doc: 'A paused pump does not run; its share is kept, and grows, for as long as it is paused.',
    format: 'boolean',
    default: false,
  },
  ...ownRecordOptions,
  meta: {
    doc: 'What only this type of pump knows.',
    format: 'json',
    default: null,
    sensitive: true,
  },
} as const satisfies OptionSchema

/** One entry under `pumps:`, where what is not given is as it is at the top level. */
export function pumpOptions(drain: OptionValues<typeof drainOptions>) {
  const { meta, ...others } = pumpOnlyOptions
  return { ...others, ...withDefaults(drainOptions, drain), meta }
}

/** The same schema with loaded values as its defaults. */
function withDefaults<const S extends OptionSchema>(schema: S, values: OptionValues<S>): S {
  const entries = Object.entries<OptionField | OptionSchema>(schema).map(([name, node]) => {
    const value = (values as Readonly<Record<string, unknown>>)[name]
    if (!isField(node)) return [name, withDefaults(node, value as OptionValues<OptionSchema>)]
    return [name, value === undefined ? node : { ...node, default: value }]
  })
  return Object.fromEntries(entries) as S
}
