/**
 * Holds what a producer accepted against what became of it. After a fault test every record must have, for each pump, exactly one fate:
 *
 *   delivered · filtered · dead-lettered · pending · dropped and counted
 *
 * Evidence comes in two kinds. Records that can be looked at (at the target, in the dead letters, in the set) are named by their key.
 * What leaves no trace but a number (the filter's count, what a policy removed) is only counted. A record with two fates, or with none
 * that a count could cover, is a finding; so is a count that covers more than is missing. Nothing is believed twice: what the product's
 * own account says is compared with the evidence, never used as such.
 */

/** What became of a pump's records, by what a test has seen. Keys are whatever names a record in the test. */
export interface PumpEvidence {
  /** Found at the target; a record that is there twice stands here twice. */
  readonly delivered: Iterable<string>
  /** Found in the dead letters. Default none. */
  readonly deadLettered?: Iterable<string>
  /** Still in the set, unsettled. Default none. */
  readonly pending?: Iterable<string>
  /** The keys of those the filter must have kept back, or how many were counted. Default none. */
  readonly filtered?: Iterable<string> | number
  /** How many were dropped by a policy and counted. Default 0. */
  readonly dropped?: number
  /** The target has no ids, so a crash may deliver again: more than one copy is no finding then. Default false. */
  readonly mayRepeat?: boolean
  /** What the product itself says, compared with the evidence term by term. */
  readonly account?: Partial<Record<'delivered' | 'filtered' | 'deadLettered' | 'pending', number>>
}

/** Keys of records, by what is wrong with them. */
export interface PumpFindings {
  /** Accepted, and neither seen nor covered by a count. When a count covers some of the unseen, which ones is unknown: all unseen are named. */
  readonly lost: readonly string[]
  /** At the target more than once. */
  readonly doubled: readonly string[]
  /** With two fates, such as delivered and dead-lettered. */
  readonly torn: readonly string[]
  /** Seen, but never accepted. */
  readonly unknown: readonly string[]
  /** Sentences; empty when every record is accounted for. What to assert on: `toEqual([])`. */
  readonly problems: readonly string[]
}

/** Keys shown in a sentence; the lists have them all. */
const SHOWN = 5

/** Compares one pump's evidence with the keys of the records that were accepted. */
export function checkLedger(accepted: Iterable<string>, pump: PumpEvidence): PumpFindings {
  const expected = new Set(accepted)
  const filtered = typeof pump.filtered === 'number' ? [] : [...(pump.filtered ?? [])]
  const counted = (pump.dropped ?? 0) + (typeof pump.filtered === 'number' ? pump.filtered : 0)
  const delivered = [...pump.delivered]
  const fates = [delivered, filtered, [...(pump.deadLettered ?? [])], [...(pump.pending ?? [])]]

  const doubled = repeated(delivered)
  const seen = new Set<string>()
  const torn = new Set<string>()
  for (const fate of fates) {
    for (const key of new Set(fate)) {
      if (seen.has(key)) torn.add(key)
      seen.add(key)
    }
  }
  const unseen = [...expected].filter(key => !seen.has(key))
  const unknown = [...seen].filter(key => !expected.has(key))
  const lost = unseen.length > counted ? unseen : []

  const problems = [
    ...sentence(unseen.length - counted, 'lost', unseen),
    ...sentence(counted - unseen.length, 'counted as filtered or dropped but not missing', []),
    ...(pump.mayRepeat ? [] : sentence(doubled.length, 'delivered more than once', doubled)),
    ...sentence(torn.size, 'with two fates', [...torn]),
    ...sentence(unknown.length, 'that nobody accepted', unknown),
    ...accountProblems(pump, fates),
  ]
  return { lost, doubled, torn: [...torn], unknown, problems }
}

function repeated(keys: readonly string[]): string[] {
  const once = new Set<string>()
  const again = new Set<string>()
  for (const key of keys) (once.has(key) ? again : once).add(key)
  return [...again]
}

function sentence(count: number, what: string, keys: readonly string[]): string[] {
  if (count <= 0) return []
  const shown = keys.length > 0 ? `: ${keys.slice(0, SHOWN).join(', ')}${keys.length > SHOWN ? ', …' : ''}` : ''
  return [`${count} records ${what}${shown}`]
}

/** The account counts records, so copies at the target are one. */
function accountProblems({ account, filtered }: PumpEvidence, fates: readonly (readonly string[])[]): string[] {
  if (!account) return []
  const [delivered, filteredKeys, deadLettered, pending] = fates.map(fate => new Set(fate).size)
  const found = {
    delivered,
    filtered: typeof filtered === 'number' ? filtered : filteredKeys,
    deadLettered,
    pending,
  }
  return Object.entries(account).flatMap(([term, said]) => {
    const seen = found[term as keyof typeof found]
    return said === seen ? [] : [`${term}: the account says ${said}, found ${seen}`]
  })
}
