import { connectRedis, createProducer, type OutgoingFrame } from '@pumphouse/queue'
import { createRecordIdSource, createRowBuilder, encodeFrame } from '@pumphouse/record'

/** What a set is filled with before it is drained. */
export interface Fill {
  readonly records: number
  readonly perFrame: number
  /** The record of a number. */
  make(i: number): object
}

const LANE = 'bench/0'
const NO_COUNTERS = { created: 0, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
/** Records of one push: a second's worth of waiting for replies less, and no long script. */
const RECORDS_PER_PUSH = 16_000

type Client = ReturnType<typeof connectRedis>
type Push = (frames: readonly OutgoingFrame[]) => Promise<unknown>

/** Pushes records through a real producer, in frames as a reporter makes them. Resolves with how many were pushed. */
export function fillSet(url: string, name: string, fill: Fill): Promise<number> {
  return pushAll(url, fill, redis => {
    const producer = createProducer(redis, { name, partitions: 1, lane: LANE })
    return frames => producer.push(frames)
  })
}

/** The same frames in a stream as anyone would make one: the bytes in the entry, and nothing counted. */
export function fillStream(url: string, key: string, fill: Fill): Promise<number> {
  return pushAll(url, fill, redis => frames => {
    return Promise.all(frames.map(({ bytes }) => redis.call('XADD', key, '*', 'f', Buffer.from(bytes))))
  })
}

async function pushAll(url: string, { records, perFrame, make }: Fill, open: (redis: Client) => Push): Promise<number> {
  const redis = await new Promise<Client>(resolve => {
    const client = connectRedis({ url }, 'bench-fill', { onUp: () => resolve(client) })
  })
  const push = open(redis)
  const ids = createRecordIdSource()
  const rows = createRowBuilder()
  const framesPerPush = Math.min(Math.max(1, Math.floor(RECORDS_PER_PUSH / perFrame)), 64)
  let sequence = 0
  for (let pushed = 0; pushed < records; ) {
    const frames = []
    while (frames.length < framesPerPush && pushed < records) {
      const count = Math.min(perFrame, records - pushed)
      for (let i = 0; i < count; i++) rows.add(make(pushed + i))
      sequence += 1
      const from = { service: 'bench', instance: 'bench', lane: LANE, sequence, counters: NO_COUNTERS }
      frames.push({ sequence, count, bytes: encodeFrame(ids.allocate(count), from, rows.take()) })
      pushed += count
    }
    await push(frames)
  }
  redis.disconnect()
  return records
}
