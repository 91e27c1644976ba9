/**
 * Bounds on how many different things records may have: shapes, routes, keys of tags. Targets pay for each of them (an index per field, a series per route), and an
 * application that makes names out of data makes millions. The first ones are kept, for as long as the process lives; what comes later shares one place, called `other`,
 * and is counted. A record is never lost to it, and of fields only their place changes.
 */
import type { CountAlteration } from './codec/alteration.ts'
import type { RowLimits } from './codec/row-limits.ts'
import type { ShapeNode } from './codec/shape-tree.ts'
import { cutString } from './codec/snapshot.ts'

/** What routes and keys of tags are called that came too late. */
export const OTHER = 'other'

/** Where the fields of a record go whose shape came too late, but the well-known ones: a map by their names. */
export const OTHER_FIELDS = 'otherFields'

/** A tag is a key, or has one before its value: `env:prod`, `env=prod`. */
const KEY_END = /[:=]/

/** Bounds by what came first. */
export interface Cardinality {
  /** Whether a record may have this shape. */
  admits(shape: ShapeNode): boolean
  /** Whether one that had another may have this, of well-known fields and `otherFields`: there may be as many of these as of those. */
  admitsGathered(shape: ShapeNode): boolean
  /** The value that a field may have which the shape tree calls bounded. */
  bound(field: string, value: unknown): unknown
}

export function createCardinality(limits: RowLimits, count: CountAlteration): Cardinality {
  const shapes = new Set<string>()
  const gathered = new Set<string>()
  const routes = new Set<string>()
  const tagKeys = new Set<string>()

  /** Whether it is, or may still become, one of those that are known. */
  function isKnown(known: Set<string>, name: string, most: number): boolean {
    if (known.has(name)) return true
    if (known.size >= most) return false
    // A part of a longer text would keep that in memory.
    known.add(cutString(name, name.length))
    return true
  }

  function isKnownTag(tag: string): boolean {
    const end = tag.search(KEY_END)
    return isKnown(tagKeys, end < 0 ? tag : tag.slice(0, end), limits.maxTagKeys)
  }

  /** Whether the tags of a record lost one. */
  let lost = false

  /** A text, a list or a map, and what is in them. */
  function boundTags(tags: unknown): unknown {
    if (typeof tags === 'string') return boundText(tags)
    if (Array.isArray(tags)) return areKnown(tags) ? tags : boundList(tags)
    return isMap(tags) ? boundMap(tags) : tags
  }

  function boundText(tag: string): string {
    if (isKnownTag(tag)) return tag
    lost = true
    return OTHER
  }

  /** Most tags are a list of names, and most names are known: such a list is not made anew. */
  function areKnown(tags: readonly unknown[]): boolean {
    return tags.every(tag => typeof tag === 'string' && isKnownTag(tag))
  }

  function boundList(tags: readonly unknown[]): unknown {
    const kept = tags.filter(tag => typeof tag !== 'string' || isKnownTag(tag))
    const bounded = kept.map(tag => (typeof tag === 'string' ? tag : boundTags(tag)))
    if (kept.length === tags.length) return bounded
    lost = true
    return [...bounded, OTHER]
  }

  function boundMap(tags: object): unknown {
    const entries = Object.entries(tags)
    const kept = entries.filter(([key]) => isKnown(tagKeys, key, limits.maxTagKeys))
    // A text in a map is a value, whatever it looks like.
    const bounded = kept.map(([key, value]) => [key, typeof value === 'string' ? value : boundTags(value)] as const)
    if (kept.length === entries.length) return Object.fromEntries(bounded)
    lost = true
    return { ...Object.fromEntries(bounded), [OTHER]: entries.length - kept.length }
  }

  return {
    admits(shape) {
      shape.admitted = isKnown(shapes, keyOf(shape), limits.maxShapes)
      return shape.admitted
    },
    admitsGathered: shape => isKnown(gathered, keyOf(shape), limits.maxShapes),
    bound(field, value) {
      if (field === 'tags') {
        lost = false
        const tags = boundTags(value)
        if (lost) count('too_many_tag_keys')
        return tags
      }
      if (typeof value !== 'string' || isKnown(routes, value, limits.maxRoutes)) return value
      count('too_many_routes')
      return OTHER
    },
  }
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !(value instanceof Date)
}

/** Names of fields hold no line break often enough that two shapes would be taken for one. */
function keyOf(shape: ShapeNode): string {
  let key = ''
  for (let at = shape; at.parent !== undefined; at = at.parent) key += `${at.name}\n`
  return key
}
