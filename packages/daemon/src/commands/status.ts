/** `pumphouse status`: what every pump has got, delivered and still has to deliver, counted in Redis. */

import { setTimeout as wait } from 'node:timers/promises'
import { joinStatus, type Producers, readPartitionStatus, readProducers, type SetStatus } from '@pumphouse/queue'
import type { Redis } from 'ioredis'
import type { DaemonConfig } from '../config/config.ts'
import { askRedis, CannotAsk } from './ask-redis.ts'
import type { StatusShow } from './command-line.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { renderProducers } from './producer-table.ts'
import { pumpStandings, renderTable, type StatusDetails } from './status-table.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { loadOrComplain } from './validate.ts'

/** Between the two looks that a rate needs. */
const RATE_OVER_MS = 1_000

/**
 * Exit 0; 1 when Redis cannot be asked, or when a pump's records are not all accounted for. What never came from a producer is shown and changes
 * nothing of that: the set cannot do anything about it.
 */
export async function status(
  file: string,
  json: boolean,
  show: StatusShow,
  surroundings: CommandSurroundings,
): Promise<ExitCode> {
  const loaded = await loadOrComplain(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const { config } = loaded
  const { print, complain } = surroundings
  let found: {
    readonly partitions: readonly SetStatus[]
    readonly rates?: ReadonlyMap<string, number>
    readonly producers: Producers
  }
  try {
    found = await askRedis(config.redis, 'status', async redis => ({
      ...(await look(redis, config.analytics, show.rate)),
      producers: await readProducers(redis, config.analytics),
    }))
  } catch (error) {
    if (!(error instanceof CannotAsk)) throw error
    await complain(`status: ${error.message}\n`)
    return EXIT.failed
  }
  const { partitions, rates, producers } = found
  const whole = joinStatus(partitions)
  const details = {
    standings: pumpStandings(config, whole),
    ...(show.partitions && { partitions }),
    ...(rates && { rates }),
  }
  const table = (): string => renderTable(config.analytics.name, whole, details) + renderProducers(producers)
  await print(json ? renderJson(whole, details, producers) : table())
  const broken = Object.entries(whole.pumps).filter(([, pump]) => !pump.holds)
  for (const [name] of broken) {
    await complain(`status: ${name}: pushed is not delivered + filtered + dead-lettered + removed + pending\n`)
  }
  return broken.length === 0 ? EXIT.ok : EXIT.failed
}

/** The account now, by partition; with `rate` also the records each pump finished in a second, as seen over one. */
async function look(redis: Redis, set: DaemonConfig['analytics'], rate: boolean) {
  if (!rate) return { partitions: await readPartitionStatus(redis, set) }
  const before = joinStatus(await readPartitionStatus(redis, set))
  const startedAt = performance.now()
  await wait(RATE_OVER_MS)
  const partitions = await readPartitionStatus(redis, set)
  const seconds = (performance.now() - startedAt) / 1_000
  const rates = Object.entries(joinStatus(partitions).pumps).map(([name, pump]) => {
    const earlier = before.pumps[name]
    const records = earlier === undefined ? 0 : finished(pump) - finished(earlier)
    return [name, Math.max(0, Math.round(records / seconds))] as const
  })
  return { partitions, rates: new Map(rates) }
}

function finished(pump: SetStatus['pumps'][string]): number {
  return pump.delivered + pump.filtered + pump.deadLettered
}

/** What belongs to no single pump. Dead letters are letters; records unless the name says otherwise. */
function setTerms({ pumps: _, ...terms }: SetStatus): Omit<SetStatus, 'pumps'> {
  return terms
}

function renderJson(whole: SetStatus, { standings, partitions, rates }: StatusDetails, from: Producers): string {
  const shown = ({ pumps }: SetStatus, more: (name: string) => object) =>
    Object.fromEntries(
      Object.entries(pumps).map(([name, { sinceWantedMs: _, ...pump }]) => [name, { ...pump, ...more(name) }]),
    )
  const pumps = shown(whole, name => ({ ...standings.get(name), ...(rates && { perSecond: rates.get(name) ?? 0 }) }))
  const each = partitions && {
    partitions: partitions.map(partition => ({ set: setTerms(partition), pumps: shown(partition, () => ({})) })),
  }
  return `${JSON.stringify({ set: setTerms(whole), pumps, ...each, producers: from.producers, earlierProducers: from.earlier }, null, 2)}\n`
}
