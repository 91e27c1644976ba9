/**
 * What does the push script cost beside a bare XADD? Ready frames from one process, so that only the client, the socket and Redis work.
 * A worker that is behind pushes several frames a call; bare XADDs are then as many commands in flight.
 */

import { connectRedis, createProducer, readStatus } from '@pumphouse/queue'
import { createRecordIdSource, createRowBuilder, encodeFrame } from '@pumphouse/record'
import { startRedis } from '@pumphouse/testkit'
import { type Measurement, measure } from './measure.ts'
import type { Case, Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

type Client = ReturnType<typeof connectRedis>

interface Load {
  readonly recordsPerFrame: number
  readonly framesPerCall: number
  readonly frames: number
}

const SET = { name: 'bench', partitions: 1 }
/** Enough calls for the client's code to be compiled before it is measured. */
const WARM_UP_CALLS = 500

function readyFrame(records: number): Buffer {
  const rows = createRowBuilder()
  for (let i = 0; i < records; i++) rows.add(requestRecord(i))
  const counters = { created: records, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
  const producer = { service: 'bench', instance: 'bench-1', lane: 'bench-1/0', sequence: 1, counters }
  return Buffer.from(encodeFrame(createRecordIdSource().allocate(records), producer, rows.take()))
}

/** Runs `push` call by call on a fresh Redis; `count` says afterwards how many records Redis has. */
async function pushing(
  load: Load,
  start: (redis: Client, bytes: Buffer) => { call(): Promise<unknown>; count(): Promise<number> },
): Promise<Measurement> {
  const server = await startRedis()
  const redis = await new Promise<Client>(resolve => {
    const client = connectRedis({ url: server.url }, 'bench', { onUp: () => resolve(client) })
  })
  const { call, count } = start(redis, readyFrame(load.recordsPerFrame))
  for (let i = 0; i < WARM_UP_CALLS; i++) await call()
  const before = await count()
  const measurement = await measure(load.frames * load.recordsPerFrame, async () => {
    for (let i = 0; i < load.frames; i += load.framesPerCall) await call()
    return (await count()) - before
  })
  redis.disconnect()
  await server.stop()
  return measurement
}

function bare(load: Load): Case {
  const run = () =>
    pushing(load, (redis, bytes) => ({
      call: () =>
        Promise.all(
          Array.from({ length: load.framesPerCall }, () =>
            redis.call('XADD', 'bench', '*', 'f', bytes, 'n', load.recordsPerFrame),
          ),
        ),
      count: async () => (await redis.xlen('bench')) * load.recordsPerFrame,
    }))
  return { name: `bare XADD, ${described(load)}`, run }
}

function script(load: Load): Case {
  const run = () =>
    pushing(load, (redis, bytes) => {
      const producer = createProducer(redis, { ...SET, lane: 'bench-1/0' })
      let sequence = 0
      return {
        call: () => {
          const frame = () => ({ sequence: ++sequence, count: load.recordsPerFrame, bytes })
          return producer.push(Array.from({ length: load.framesPerCall }, frame))
        },
        count: async () => (await readStatus(redis, SET)).pushed,
      }
    })
  return { name: `push script, ${described(load)}`, run }
}

function described({ recordsPerFrame, framesPerCall }: Load): string {
  return `${recordsPerFrame}-record frames, ${framesPerCall} at a time`
}

const LOADS: readonly Load[] = [
  { recordsPerFrame: 500, framesPerCall: 1, frames: 8_000 },
  { recordsPerFrame: 500, framesPerCall: 8, frames: 16_000 },
  { recordsPerFrame: 10, framesPerCall: 8, frames: 64_000 },
]

/** Push from one process, through the script and bare. */
export const push: Question = {
  question: 'How fast does one process push ready frames?',
  cases: LOADS.flatMap(load => [bare(load), script(load)]),
  repetitions: 5,
  note: 'The script does what a bare XADD does not: it takes a frame once however often it is sent, keeps the backlog cap, and counts.',
}
