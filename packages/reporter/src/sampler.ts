/**
 * Which records are kept when not all are, and how many each of them then stands for.
 *
 *   0. One of two that tell of a request that was open for long (`phase`) is kept: half of such a story says nothing.
 *   1. An error (outcome other than ok, status from 500 on) or a slow one is kept, and stands for itself.
 *   2. The first rule that matches says the share; where none does, the rate of all.
 *   3. With a trace id the id decides, so that all services that keep the same share keep the same traces: the last 14 of its hex digits (56 bits) as a fraction must be at least
 *      1 − rate, as OpenTelemetry's consistent probability sampling has it. Without, chance does.
 */
import { compileGlob } from '@pumphouse/record'
import { type SampleRule, type SampleSettings, STATUS } from './sample-option.ts'

/** A record as far as it is looked at; it comes from the application, so anything may stand there. */
interface Sampled {
  readonly route?: unknown
  readonly path?: unknown
  readonly method?: unknown
  readonly statusCode?: unknown
  readonly outcome?: unknown
  readonly durationMs?: unknown
  readonly traceId?: unknown
  readonly phase?: unknown
}

/** How many records this one stands for: 1 = itself, 0 = it is left out. Never throws. */
export type WeightOf = (record: Sampled) => number

const FIRST_SERVER_ERROR = 500
/** The random part of a W3C trace id. A number holds all but the last three of its bits, which decide nothing that anybody could set. */
const TRACE_DIGITS = 14
const TRACE_FRACTIONS = 16 ** TRACE_DIGITS
const TRACE_ID = /^[0-9a-f]{14,32}$/i

/** Undefined when all are kept. */
export function createSampler(settings: SampleSettings, random: () => number = Math.random): WeightOf | undefined {
  const { rate, keepErrors, slowMs } = settings
  const rules = settings.rules.map(compileRule)
  if (rate >= 1 && rules.every(rule => rule.rate >= 1)) return undefined

  function decide(record: Sampled): number {
    const { outcome, statusCode, durationMs, traceId, phase } = record
    if (phase !== undefined) return 1
    const status = typeof statusCode === 'number' ? statusCode : undefined
    if (keepErrors && ((outcome !== undefined && outcome !== 'ok') || (status ?? 0) >= FIRST_SERVER_ERROR)) return 1
    if (typeof durationMs === 'number' && durationMs >= slowMs) return 1
    const share = rules.find(rule => rule.matches(record, status))?.rate ?? rate
    if (share >= 1) return 1
    if (share <= 0) return 0
    return fractionOf(traceId, random) >= 1 - share ? 1 / share : 0
  }

  return record => {
    try {
      return decide(record)
    } catch {
      // What throws when it is looked at is cut where it is read.
      return 1
    }
  }
}

/** The trace's place between 0 and 1. */
function fractionOf(traceId: unknown, random: () => number): number {
  if (typeof traceId !== 'string' || !TRACE_ID.test(traceId)) return random()
  return Number.parseInt(traceId.slice(-TRACE_DIGITS), 16) / TRACE_FRACTIONS
}

/** The route to count a record by: '' for one without, and for one that does not let itself be looked at. */
export function routeOf(record: Sampled): string {
  try {
    return typeof record.route === 'string' ? record.route : ''
  } catch {
    return ''
  }
}

interface CompiledRule {
  readonly rate: number
  matches(record: Sampled, status: number | undefined): boolean
}

function compileRule({ route, method, status, rate }: SampleRule): CompiledRule {
  const isRoute = route === undefined ? undefined : compileGlob(route)
  const [low, high] = statusRange(status)
  return {
    rate,
    matches(record, code) {
      if (isRoute !== undefined) {
        const place = record.route ?? record.path
        if (typeof place !== 'string' || !isRoute(place)) return false
      }
      if (method !== undefined && record.method !== method) return false
      return status === undefined || (code !== undefined && code >= low && code <= high)
    },
  }
}

function statusRange(status: string | number | undefined): readonly [number, number] {
  const [, hundred, first, last] = STATUS.exec(String(status)) ?? []
  if (hundred !== undefined) return [Number(hundred) * 100, Number(hundred) * 100 + 99]
  return [Number(first), Number(last ?? first)]
}
