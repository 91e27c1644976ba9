/** What a record costs in the codec, step by step, beside what else could be done with it. No I/O: CPU only, in one thread. */
import { Decoder, Encoder } from '@msgpack/msgpack'
import {
  createRecordIdSource,
  createRedactor,
  createRowBuilder,
  decodeFrame,
  encodeFrame,
  type Producer,
  type RowBatch,
} from '@pumphouse/record'
import { type Measurement, measure } from './measure.ts'
import type { Case, Question } from './question.ts'
import { auditRecord, requestRecord } from './sample-records.ts'

type MakeRecord = (i: number) => object

const RECORDS = 5000
const FRAME_RECORDS = 500
const SMALL_FRAME_RECORDS = 10
const WARM_UP_ROUNDS = 40
const ROUNDS = 100

const producer: Producer = {
  service: 'orders',
  instance: 'web-1/4711',
  lane: 'web-1/4711/0',
  sequence: 1,
  counters: { created: RECORDS, sampledOut: 0, dropped: {}, spooled: 0, altered: {} },
}

/** One round of work over RECORDS records; returns how many came out. */
type Round = () => number

function codecCase(name: string, prepare: () => Round): Case {
  return {
    name,
    async run(): Promise<Measurement> {
      const round = prepare()
      for (let i = 0; i < WARM_UP_ROUNDS; i++) round()
      return measure(ROUNDS * RECORDS, () => {
        let done = 0
        for (let i = 0; i < ROUNDS; i++) done += round()
        return done
      })
    },
  }
}

function recordsOf(make: MakeRecord): object[] {
  return Array.from({ length: RECORDS }, (_, i) => make(i))
}

function batchesOf(records: readonly object[], size: number): RowBatch[] {
  const builder = createRowBuilder()
  const batches: RowBatch[] = []
  for (const record of records) {
    builder.add(record)
    if (builder.count === size) batches.push(builder.take())
  }
  return batches
}

function framesOf(batches: readonly RowBatch[], compress = true): Uint8Array[] {
  const ids = createRecordIdSource()
  return batches.map(batch => encodeFrame(ids.allocate(batch.count), producer, batch, { compress }))
}

function adding(make: MakeRecord): Round {
  const records = recordsOf(make)
  return () => sum(batchesOf(records, FRAME_RECORDS), batch => batch.count)
}

function redacting(make: MakeRecord): Round {
  const batches = batchesOf(recordsOf(make), FRAME_RECORDS)
  const redactor = createRedactor({})
  return () => sum(batches, batch => redactor?.batch(batch).count ?? 0)
}

function encoding(make: MakeRecord, compress = true): Round {
  const batches = batchesOf(recordsOf(make), FRAME_RECORDS)
  return () => {
    const frames = framesOf(batches, compress)
    return frames.length * FRAME_RECORDS
  }
}

function decoding(make: MakeRecord, size = FRAME_RECORDS): Round {
  const frames = framesOf(batchesOf(recordsOf(make), size))
  return () => sum(frames, frame => decodeFrame(frame).records.length)
}

function sum<T>(values: readonly T[], count: (value: T) => number): number {
  return values.reduce((total, value) => total + count(value), 0)
}

function encodingMaps(make: MakeRecord): Round {
  const records = recordsOf(make)
  const encoder = new Encoder({ useBigInt64: true })
  return () => sum(records, record => Math.sign(encoder.encode(record).length))
}

function decodingMaps(make: MakeRecord): Round {
  const encoder = new Encoder({ useBigInt64: true })
  const decoder = new Decoder({ useBigInt64: true })
  const maps = recordsOf(make).map(record => encoder.encode(record))
  return () => sum(maps, map => (typeof decoder.decode(map) === 'object' ? 1 : 0))
}

function printingJson(make: MakeRecord): Round {
  const records = recordsOf(make)
  return () => sum(records, record => Math.sign(JSON.stringify(record).length))
}

function parsingJson(make: MakeRecord): Round {
  const lines = recordsOf(make).map(record => JSON.stringify(record))
  return () => sum(lines, line => (typeof JSON.parse(line) === 'object' ? 1 : 0))
}

/** Frames of 500 unless the case says otherwise. */
export const codec: Question = {
  question: 'What does a record cost in the codec?',
  baseline: 'decode a frame',
  cases: [
    codecCase('add to a batch, on the thread of the requests', () => adding(requestRecord)),
    codecCase('redact a batch, by the defaults', () => redacting(requestRecord)),
    codecCase('encode a frame', () => encoding(requestRecord)),
    codecCase('encode a frame, not compressed', () => encoding(requestRecord, false)),
    codecCase('decode a frame', () => decoding(requestRecord)),
    codecCase('decode a frame of 10', () => decoding(requestRecord, SMALL_FRAME_RECORDS)),
    codecCase('redact a batch, 8-field audit records', () => redacting(auditRecord)),
    codecCase('encode a frame, 8-field audit records', () => encoding(auditRecord)),
    codecCase('decode a frame, 8-field audit records', () => decoding(auditRecord)),
    codecCase('peer: @msgpack/msgpack, encode a map each', () => encodingMaps(requestRecord)),
    codecCase('peer: @msgpack/msgpack, decode a map each', () => decodingMaps(requestRecord)),
    codecCase('peer: JSON.stringify', () => printingJson(requestRecord)),
    codecCase('peer: JSON.parse', () => parsingJson(requestRecord)),
  ],
  note: 'A request record has 15 fields, one of them random; decoding includes decompressing, checking, the id, and freezing.',
}
