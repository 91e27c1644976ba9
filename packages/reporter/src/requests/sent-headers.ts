import type { RawResponse } from './outcome.ts'

/** Headers as writeHead takes them: an object, a flat list, or a list of pairs. Node keeps those it was only given there to itself. */
export type GivenHeaders = Readonly<Record<string, unknown>> | readonly unknown[]

/** A header that the application set, in any of the ways there are; `name` in lower case. Those that Node adds by itself are not among them. */
export function sentHeader(response: RawResponse, given: GivenHeaders | undefined, name: string): unknown {
  if (given !== undefined) {
    const direct = Array.isArray(given) ? undefined : (given as Readonly<Record<string, unknown>>)[name]
    if (direct !== undefined) return direct
    for (const [key, value] of entriesOf(given)) if (key.toLowerCase() === name) return value
  }
  return response.getHeader(name)
}

/** All headers that the application set, by names in lower case. */
export function sentHeaders(response: RawResponse, given: GivenHeaders | undefined): Record<string, unknown> {
  const headers: Record<string, unknown> = { ...response.getHeaders() }
  if (given === undefined) return headers
  const repeated = new Set<string>()
  for (const [key, value] of entriesOf(given)) {
    const name = key.toLowerCase()
    headers[name] = repeated.has(name) ? [headers[name], value].flat() : value
    repeated.add(name)
  }
  return headers
}

function entriesOf(given: GivenHeaders): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(given)) return Object.entries(given)
  const pairs: readonly unknown[] = Array.isArray(given[0]) ? given : pairsOf(given)
  return pairs.map(pair => [String((pair as readonly unknown[])[0]), (pair as readonly unknown[])[1]])
}

function pairsOf(list: readonly unknown[]): unknown[] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]]] : []))
}
