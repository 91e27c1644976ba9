/**
 * What scripts answer, read. The bytes that come from Redis are not trusted: what has not the form a script promises is a RedisError, and
 * nothing is counted by it.
 */
import { RedisError } from './redis-error.ts'

/** What a script may answer, strings as bytes. */
export type Reply = Buffer | number | null | readonly Reply[]

/** Entries of streams, and so frames and dead letters, are named like this. */
const ENTRY_ID = /^\d{1,20}-\d{1,20}$/

/** A list. */
export function listFrom(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : misfit()
}

/** A whole number; negative ones stand for none. */
export function numberFrom(reply: Reply | undefined): number {
  return Number.isSafeInteger(reply) ? (reply as number) : misfit()
}

/** A number of records, frames, bytes or milliseconds: 0 or more. */
export function countFrom(reply: Reply | undefined): number {
  const count = numberFrom(reply)
  return count >= 0 ? count : misfit()
}

/** Bytes, or none. */
export function bytesFrom(reply: Reply | undefined): Buffer | undefined {
  if (reply === null) return undefined
  return Buffer.isBuffer(reply) ? reply : misfit()
}

/** Text. */
export function textFrom(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString() : misfit()
}

/** The name of an entry. */
export function idFrom(reply: Reply | undefined): string {
  const id = textFrom(reply)
  return ENTRY_ID.test(id) ? id : misfit()
}

/** A list of names of entries. */
export function idsFrom(reply: Reply): string[] {
  return listFrom(reply).map(idFrom)
}

/** Throws what every misread reply becomes. */
export function misfit(): never {
  throw new RedisError('PH_REDIS_REPLY', 'Redis answered what its script does not answer')
}
