/** The producer's entry in a frame: a map that may grow keys; what this release knows of it is checked. */
import type { Producer } from './frame.ts'
import { isCount, type MsgpackSource, malformed, readValue } from './msgpack-reader.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads the producer that must start here. Unknown keys are ignored. */
export function readProducer(source: MsgpackSource): Producer {
  const fields = asFields(readValue(source), 'producer', source)
  const counters = asFields(fields['counters'], 'counters', source)
  return Object.freeze({
    service: text(fields, 'service', source),
    instance: text(fields, 'instance', source),
    lane: text(fields, 'lane', source),
    sequence: count(fields, 'sequence', source),
    counters: Object.freeze({
      created: count(counters, 'created', source),
      sampledOut: count(counters, 'sampledOut', source),
      ...(counters['sampledOutByRoute'] !== undefined && {
        sampledOutByRoute: counts(counters, 'sampledOutByRoute', source),
      }),
      dropped: counts(counters, 'dropped', source),
      spooled: count(counters, 'spooled', source),
      altered: counts(counters, 'altered', source),
    }),
  })
}

function asFields(value: unknown, name: string, source: MsgpackSource): Fields {
  const isMap = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  if (!isMap) throw malformed(`${name} must be a map`, source)
  return value as Fields
}

function text(fields: Fields, name: string, source: MsgpackSource): string {
  const value = fields[name]
  if (typeof value !== 'string') throw malformed(`${name} must be a string`, source)
  return value
}

function count(fields: Fields, name: string, source: MsgpackSource): number {
  const value = fields[name]
  if (!isCount(value)) throw malformed(`${name} must be a count`, source)
  return value
}

function counts(fields: Fields, name: string, source: MsgpackSource): Readonly<Record<string, number>> {
  const byReason = asFields(fields[name], name, source)
  for (const reason of Object.keys(byReason)) count(byReason, reason, source)
  return byReason as Readonly<Record<string, number>>
}
