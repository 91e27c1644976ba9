import { definePump, type Pump, type PumpLog } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'
import type { PipelineConfig } from '../src/config/config.ts'
import { createFrameDecoder } from '../src/pipeline/frame-decoder.ts'
import { createPipeline, type Pipeline } from '../src/pipeline/pipeline.ts'
import type { TestSet } from './test-set.ts'

/** Keeps what was logged. */
export interface TestLog extends PumpLog {
  readonly lines: readonly string[]
  /** The fields of each line. */
  readonly fields: readonly object[]
}

/** A log that keeps its messages. */
export function createTestLog(): TestLog {
  const lines: string[] = []
  const fields: object[] = []
  const line = (of: object, message: string): void => {
    fields.push(of)
    lines.push(message)
  }
  return { lines, fields, debug: () => {}, info: line, warn: line, error: line }
}

/** A pump that keeps the `n` of the records it was given, after `write` (if any) has let them pass. */
export interface KeepingPump extends Pump {
  readonly got: number[]
  readonly records: AnalyticsRecord[]
}

/** Makes a keeping pump; what `pump` has is called before the records are kept. */
export function keepingPump(pump: Partial<Pump> = {}): KeepingPump {
  const records: AnalyticsRecord[] = []
  return {
    close: async () => {},
    ...pump,
    records,
    get got() {
      return records.map(({ n }) => n as number)
    },
    async write(batch, signal) {
      const result = await pump.write?.(batch, signal)
      records.push(...batch)
      return result
    },
  }
}

/** 0 … count-1. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** A sorted copy. */
export const ascending = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b)

/** Pipelines of one process on one set; leases of half a second, purge delay 20 ms, retries within 20 ms unless `config` says otherwise. */
export function createTestDaemon(
  set: TestSet,
  options: { partitions?: number; leaseMs?: number; consumer?: string } = {},
) {
  const decoder = createFrameDecoder()
  const log = createTestLog()
  const pipelines: Pipeline[] = []
  return {
    log,
    add(name: string, pump: Pump | (() => Pump), config: Partial<PipelineConfig> = {}): Pipeline {
      const create = typeof pump === 'function' ? pump : () => pump
      const definition = definePump({ type: 'test', summary: 'for a test', idempotent: false, options: {}, create })
      const pipeline = createPipeline(
        {
          name,
          definition,
          meta: {},
          purgeDelayMs: 20,
          omitDetailedRecording: false,
          detailFields: ['request'],
          filters: { include: {}, exclude: {} },
          timeoutMs: 5000,
          batch: { maxRecords: 1000, maxBytes: 4 * 1024 * 1024, maxAgeMs: 50 },
          retry: { initialMs: 10, maxMs: 20, deadlineMs: 0 },
          breaker: { failures: 0, openForMs: 0 },
          startAt: 'backlog',
          ...config,
        },
        {
          redis: set.redis,
          set: {
            name: set.name,
            partitions: options.partitions ?? 1,
            leaseMs: options.leaseMs ?? 500,
            maxDeadLetters: 1000,
            maxDeliveries: 10,
          },
          consumer: options.consumer ?? 'daemon-1',
          decoder,
          log,
        },
      )
      pipelines.push(pipeline)
      return pipeline
    },
    stop: (deadlineMs = 5000) => Promise.all(pipelines.map(pipeline => pipeline.stop(deadlineMs))),
  }
}
