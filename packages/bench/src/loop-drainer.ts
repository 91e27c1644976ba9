/**
 * The loops that safety.ts holds against the daemon, a program of its own: `loop-drainer.js <bare|queue> <url> <set> <records>` decodes every
 * frame of a set, or of a bare stream of that name, in one thread and sends the measurement over IPC.
 */
import { connectRedis, createGroup, trim } from '@pumphouse/queue'
import { decodeFrame } from '@pumphouse/record'
import { measure } from './measure.ts'

type Client = ReturnType<typeof connectRedis>
/** One entry of an XREADGROUP reply: its id, and fields and values in turn. */
type Entry = [id: Buffer, fields: Buffer[]]

const GROUP = 'bench'
const CONSUMER = 'one'
/** What the daemon reads at once. */
const READ_LIMITS = { maxFrames: 256, maxBytes: 256 * 1024 }
/** With frames of 500 records two to three times as many bytes: fewer round trips, to the advantage of the bare loop. */
const BARE_COUNT = 25
const TRIM_EVERY_MS = 1_000

/** What anyone would write: read, decode, ack. A crash between loses nothing either; but nothing is counted, bounded, taken over or trimmed. */
async function bare(redis: Client, key: string): Promise<number> {
  await redis.xgroup('CREATE', key, GROUP, '0')
  let records = 0
  for (;;) {
    const args = ['GROUP', GROUP, CONSUMER, 'COUNT', BARE_COUNT, 'STREAMS', key, '>']
    const reply = (await redis.callBuffer('XREADGROUP', args)) as [[Buffer, Entry[]]] | null
    if (reply === null) return records
    const entries = reply[0][1]
    for (const [, fields] of entries) {
      const at = fields.findIndex((field, i) => i % 2 === 0 && field.toString() === 'f')
      records += decodeFrame(fields[at + 1] as Buffer).records.length
    }
    await redis.call('XACK', key, GROUP, ...entries.map(([id]) => id))
  }
}

/** The same with the queue: leased, counted, idempotent, trimmed. */
async function queue(redis: Client, set: string): Promise<number> {
  const place = { name: set, partition: 0 }
  const group = createGroup(redis, { ...place, pump: GROUP, consumer: CONSUMER })
  await group.ensure('backlog')
  let records = 0
  let trimmedAt = performance.now()
  for (;;) {
    const frames = await group.read(READ_LIMITS)
    if (frames.length === 0) break
    for (const { bytes } of frames) records += decodeFrame(bytes as Uint8Array).records.length
    await group.settle(frames.map(({ id, count }) => ({ id, delivered: count, filtered: 0, deadLettered: 0 })))
    if (performance.now() - trimmedAt < TRIM_EVERY_MS) continue
    await trim(redis, place)
    trimmedAt = performance.now()
  }
  await trim(redis, place)
  return records
}

async function main([loop = '', url = '', set = '', records = '']: readonly string[]): Promise<void> {
  const measurement = await measure(Number(records), async () => {
    const redis = await new Promise<Client>(resolve => {
      const client = connectRedis({ url }, 'bench', { onUp: () => resolve(client) })
    })
    const drained = await (loop === 'bare' ? bare : queue)(redis, set)
    redis.disconnect()
    return drained
  })
  process.send?.(measurement)
  process.disconnect()
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
