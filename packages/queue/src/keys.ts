/**
 * Every key name of the analytics set is made here. The part in braces is Redis Cluster's hash tag: all keys of a
 * partition live on one node, so one script may use them together.
 */

/** The keys of one partition. */
export interface PartitionKeys {
  /** Stream: one entry a frame, one consumer group a pump. */
  readonly frames: string
  /** Hash, one field a frame: its bytes, under the name that its entry gives (lua/entry-terms.ts). */
  readonly bytes: string
  /**
   * Hash of running totals. Of the partition: totals (records, bytes and frames pushed, packed: lua/packed-counts.ts), trimmed (records), trimmedBytes,
   * largest (bytes of the largest frame), deadLettersRemoved, deadLettersDropped, deadLettersHeld (lua/held-letters.ts), letGo (records). Of each pump: `<pump>/base`, `/delivered`, `/filtered`, `/deadLettered`,
   * `/removed`, `/vanished`, `/letters` (the last dead letter that is older than the account), and in ms since 1970, by Redis' clock,
   * `/seen` (when a daemon last wanted it) and `/rebuilt` (when the account was made anew because somebody had deleted it).
   */
  readonly counters: string
  /** Stream of dead letters, of all pumps. */
  readonly dead: string
  /** Hash, one field a lane: what was taken from it and what its reporter last said of itself, as lua/lane-account.ts describes. */
  readonly lanes: string
  /** Sorted set of the same lanes, by when they last brought something, to the minute: ms since 1970, by Redis' clock. */
  readonly lanesSeen: string
  /** Hash, one field a service: the sums of lanes that were silent for too long to be kept one by one: "lanes frames records missing". */
  readonly earlierLanes: string
}

/** Keys of one partition of the set `name`. */
export function partitionKeys(name: string, partition: number): PartitionKeys {
  const start = `{${name}:${partition}}`
  return {
    frames: `${start}:frames`,
    bytes: `${start}:bytes`,
    counters: `${start}:counters`,
    dead: `${start}:dead`,
    lanes: `${start}:lanes`,
    lanesSeen: `${start}:lanes-seen`,
    earlierLanes: `${start}:lanes-earlier`,
  }
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * The partition of a lane: FNV-1a (32 bit) of its UTF-16 units, modulo `partitions`. The same for ever: a lane that
 * moved would lose its sequence, and with it its protection against doubles.
 */
export function partitionOf(lane: string, partitions: number): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < lane.length; i++) hash = Math.imul(hash ^ lane.charCodeAt(i), FNV_PRIME)
  return (hash >>> 0) % partitions
}
