/**
 * Copies a value as it is now into plain data: what JSON would show, and more (bytes, dates and bigints stay what they are). The copy is safe
 * to post to another thread and shares nothing mutable with the application. Whatever the value does (getters and proxies
 * that throw, cycles, endless nesting, millions of elements), copying ends within the budget and never throws.
 *
 *   absent, null in arrays   undefined; function and symbol (counted)
 *   null                     NaN, ±Infinity, a Date without a time (counted)
 *   itself                   string, boolean, finite number, bigint within 64 bits
 *   Date                     a Date
 *   Uint8Array               Buffer, any typed array, DataView, ArrayBuffer, SharedArrayBuffer: the bytes
 *   { name, message }        Error (nothing else of it: what clients attach to errors holds credentials)
 *   object, array            Map, Set
 *   what toJSON returns      anything else that has one: URL, ObjectId, Decimal …
 *   the primitive            boxed primitives;  string: RegExp
 *   own enumerable keys      any other object
 */
import { types } from 'node:util'
import type { Alteration, CountAlteration } from './alteration.ts'
import { OBJECT_BYTES } from './frame.ts'
import type { RowLimits } from './row-limits.ts'
import { MAX_NAME_LENGTH } from './shape-tree.ts'

/** What is left of a record's bounds. */
export interface Budget {
  bytes: number
  values: number
}

/** Estimated bytes of a value that is no string and no container, and of a string beside its characters. */
export const VALUE_BYTES = 8

/**
 * A string this many times as long as a field may be is named, not cut: a string built by joining is put together when its
 * characters are first read, which for 50 MB stops the thread for a tenth of a second.
 */
const MAX_CUT_FACTOR = 16

const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n
/** Digits of a bigint beyond this take too long to compute. */
const MAX_PRINTED_BIGINT = 2n ** 1024n

/** Copies values against a budget. */
export interface Snapshot {
  /** undefined = absent. What was copied is taken off the budget. */
  copy(value: unknown): unknown
}

export function createSnapshot(limits: RowLimits, budget: Budget, count: CountAlteration): Snapshot {
  /** The containers around the value being copied, outermost first. */
  const around: object[] = []

  function left(reason: Alteration): undefined {
    count(reason)
    return undefined
  }

  function charge(bytes: number): boolean {
    if (bytes > budget.bytes) {
      count('record_too_big')
      return false
    }
    budget.bytes -= bytes
    return true
  }

  /** For all values but strings and containers. */
  function charged<T>(value: T): T | undefined {
    return charge(VALUE_BYTES) ? value : undefined
  }

  function copy(value: unknown): unknown {
    budget.values--
    switch (typeof value) {
      case 'string':
        return copyString(value)
      case 'number':
        if (!Number.isFinite(value)) count('not_finite')
        return charged(Number.isFinite(value) ? value : null)
      case 'boolean':
        return charged(value)
      case 'bigint':
        return copyBigint(value)
      case 'object':
        return value === null ? charged(null) : guarded(copyObject, value)
      case 'undefined':
        return undefined
      default:
        return left(typeof value as 'function' | 'symbol')
    }
  }

  /** Runs what may run the application's code. */
  function guarded<A, R>(step: (argument: A) => R, argument: A): R | undefined {
    const depth = around.length
    try {
      return step(argument)
    } catch {
      around.length = depth
      return left('threw')
    }
  }

  function copyString(value: string): string | undefined {
    let text = value
    if (text.length > limits.maxFieldLength) {
      count('too_long')
      text = shortened(text, limits.maxFieldLength)
    }
    return charge(VALUE_BYTES + text.length) ? text : undefined
  }

  function copyBigint(value: bigint): bigint | string | undefined {
    if (value >= MIN_INT64 && value <= MAX_UINT64) return charged(value)
    if (value > MAX_PRINTED_BIGINT || value < -MAX_PRINTED_BIGINT) return left('too_long')
    count('bigint_too_wide')
    return copyString(value.toString())
  }

  function copyObject(value: object): unknown {
    return isOrdinary(value) ? inside(value, copyOrdinary) : copyExotic(value)
  }

  function copyExotic(value: object): unknown {
    if (types.isDate(value)) return copyDate(value)
    if (ArrayBuffer.isView(value)) return copyBytes(value.buffer, value.byteOffset, value.byteLength)
    if (types.isAnyArrayBuffer(value)) return copyBytes(value, 0, value.byteLength)
    if (types.isBoxedPrimitive(value)) return copy(unboxed(value))
    if (types.isRegExp(value)) return copyString(String(value))
    if (value instanceof Error) return inside(value, error => copyEntries(['name', 'message'], error))
    if (types.isMap(value)) return inside(value, () => copyMap(value))
    if (types.isSet(value)) return inside(value, () => copySet(value))
    return inside(value, copyOrdinary)
  }

  /** Copies a container unless it is inside itself, too deep, or too much. */
  function inside(value: object, copyContainer: (value: object) => unknown): unknown {
    if (around.includes(value)) return left('cycle')
    if (around.length >= limits.maxDepth) return left('too_deep')
    if (!charge(OBJECT_BYTES)) return undefined
    around.push(value)
    const copied = copyContainer(value)
    around.pop()
    return copied
  }

  function copyOrdinary(value: object): unknown {
    if (Array.isArray(value)) return copyElements(value, value.length)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') {
      const shown: unknown = toJSON.call(value, '')
      if (shown !== value) return copy(shown)
    }
    return copyEntries(Object.keys(value), value)
  }

  function copyElements(values: ArrayLike<unknown>, length: number): unknown[] {
    const copied: unknown[] = []
    for (let i = 0; i < length && hasRoom(); i++) {
      append(
        copied,
        guarded(at => values[at], i),
      )
    }
    return copied
  }

  function copySet(values: Set<unknown>): unknown[] {
    const copied: unknown[] = []
    for (const value of Set.prototype.values.call(values)) {
      if (!hasRoom()) break
      append(copied, value)
    }
    return copied
  }

  function append(copied: unknown[], value: unknown): void {
    const element = copy(value)
    copied.push(element === undefined ? charged(null) : element)
  }

  function copyEntries(keys: readonly string[], from: object): Record<string, unknown> {
    const copied: Record<string, unknown> = {}
    for (const key of keys) {
      if (!hasRoom()) break
      const value = guarded(name => (from as Record<string, unknown>)[name], key)
      if (isName(key)) put(copied, key, value)
    }
    return copied
  }

  function copyMap(map: Map<unknown, unknown>): Record<string, unknown> {
    const copied: Record<string, unknown> = {}
    for (const [key, value] of Map.prototype.entries.call(map)) {
      if (!hasRoom()) break
      if (isName(key)) put(copied, String(key), value)
    }
    return copied
  }

  /** Whether one more element or entry may come. */
  function hasRoom(): boolean {
    const full = budget.values <= 0 ? 'too_many_values' : budget.bytes < OBJECT_BYTES ? 'record_too_big' : undefined
    if (full !== undefined) count(full)
    return full === undefined
  }

  function isName(key: unknown): key is string | number {
    if ((typeof key !== 'string' && typeof key !== 'number') || key === '__proto__') count('reserved_key')
    else if (typeof key === 'string' && key.length > MAX_NAME_LENGTH) count('key_too_long')
    else return true
    return false
  }

  function put(copied: Record<string, unknown>, name: string, value: unknown): void {
    const element = copy(value)
    if (element !== undefined && charge(OBJECT_BYTES + name.length)) copied[name] = element
  }

  function copyDate(value: Date): Date | null | undefined {
    const ms = Date.prototype.getTime.call(value)
    if (Number.isNaN(ms)) count('invalid_date')
    if (!charge(OBJECT_BYTES)) return undefined
    return Number.isNaN(ms) ? null : new Date(ms)
  }

  function copyBytes(buffer: ArrayBufferLike, start: number, length: number): Uint8Array | undefined {
    if (!types.isAnyArrayBuffer(buffer)) return left('threw')
    if (length > limits.maxFieldLength) count('too_long')
    const kept = Math.min(length, limits.maxFieldLength)
    return charge(OBJECT_BYTES + kept) ? new Uint8Array(new Uint8Array(buffer, start, kept)) : undefined
  }

  return { copy }
}

/** A prefix of a long string; of a huge one only how long it was. */
function shortened(text: string, length: number): string {
  return text.length > length * MAX_CUT_FACTOR ? `[${text.length} characters]` : cutString(text, length)
}

/**
 * The first `length` units, as a string of its own: a slice would keep the whole text in memory. Reads no more than those units (a text
 * that was joined from pieces is put together by the engine first).
 */
export function cutString(text: string, length: number): string {
  const end = isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length
  return Buffer.from(text.slice(0, end), 'utf8').toString('utf8')
}

/** Arrays and plain objects: most of what is nested, and spared the questions below, each a call into the engine. */
function isOrdinary(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The methods of the prototypes, because a boxed primitive may carry its own. */
function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value)
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value)
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value)
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value)
  return Symbol.prototype.valueOf.call(value)
}
