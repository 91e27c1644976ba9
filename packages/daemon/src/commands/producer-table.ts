/** The table of producers in `pumphouse status`: what the reporters made beside what the set took, by service. */

import type { ProducerStatus, Producers } from '@pumphouse/queue'
import { renderRows } from './table.ts'

const COLUMNS = [
  'service',
  'instances',
  'created',
  'sampled out',
  'dropped',
  'received',
  'unaccounted',
  'missing frames',
] as const

/** '' when nobody has pushed. One line a service: instances come and go by the thousand; --json has each. */
export function renderProducers({ producers, earlier }: Producers): string {
  const services = new Map<string, ProducerStatus[]>()
  for (const producer of producers)
    services.set(producer.service, [...(services.get(producer.service) ?? []), producer])
  const rows = [
    ...[...services].map(([service, of]) => [
      service === '' ? '(not said)' : service,
      String(of.length),
      total(of, producer => producer.created),
      total(of, producer => producer.sampledOut),
      total(of, droppedBy),
      total(of, producer => producer.received),
      total(of, producer => producer.unaccounted),
      total(of, producer => producer.missingFrames),
    ]),
    ...earlier
      .filter(({ lanes }) => lanes > 0)
      .map(({ service, received, missingFrames }) => [
        `${service === '' ? '(not said)' : service}, earlier`,
        ...['–', '–', '–', '–', String(received), '–', String(missingFrames)],
      ]),
  ]
  if (rows.length === 0) return ''
  const remarks = producers
    .filter(({ missingFrames }) => missingFrames > 0)
    .slice(0, MOST_REMARKS)
    .map(
      ({ service, instance, missingFrames }) =>
        `${service} ${instance}: ${missingFrames} frames never came: a gap in a sequence\n`,
    )
  const waits = producers.some(({ unaccounted }) => unaccounted > 0)
  return `\n${renderRows([COLUMNS, ...rows], [0])}${waits ? UNACCOUNTED : ''}${leftOut(services).join('')}${remarks.join('')}`
}

/** Routes of a service that are named, those with most first; --json has all that the reporters say. */
const MOST_ROUTES = 10

/** A line for each service whose sampling left something out. */
function leftOut(services: ReadonlyMap<string, readonly ProducerStatus[]>): string[] {
  return [...services].flatMap(([service, of]) => {
    const sums = new Map<string, number>()
    for (const { sampledOutByRoute } of of) {
      for (const [route, count] of Object.entries(sampledOutByRoute)) sums.set(route, (sums.get(route) ?? 0) + count)
    }
    if (sums.size === 0) return []
    const routes = [...sums].sort(([, a], [, b]) => b - a).map(([route, count]) => `${route || '(no route)'} ${count}`)
    const more = routes.length > MOST_ROUTES ? `, and ${routes.length - MOST_ROUTES} more` : ''
    return [`sampled out of ${service || '(not said)'}: ${routes.slice(0, MOST_ROUTES).join(', ')}${more}\n`]
  })
}

/** Instances that are named; --json has all. */
const MOST_REMARKS = 20

const UNACCOUNTED =
  'unaccounted records are in the memory or the spool of their reporter; those of one that is gone, with its spool, are lost\n'

function droppedBy({ dropped }: ProducerStatus): number {
  return Object.values(dropped).reduce((sum, records) => sum + records, 0)
}

function total(producers: readonly ProducerStatus[], term: (producer: ProducerStatus) => number): string {
  return String(producers.reduce((sum, producer) => sum + term(producer), 0))
}
