import { errorMessage } from '@pumphouse/options/error-message'
import { PumphouseError } from '@pumphouse/record'
import { ReplyError } from 'ioredis'

/**
 * A command that Redis did not carry out, as far as anyone knows.
 * PH_REDIS_AWAY: no connection, or it was lost before the reply (the command may have run: every call of this package
 * may be repeated). PH_REDIS_REPLY: Redis answered with an error; `reply` is its code.
 */
export class RedisError extends PumphouseError {
  /** First word of an error reply: OOM, READONLY, NOPERM, WRONGTYPE, NOGROUP, …; undefined when there was no reply. */
  readonly reply: string | undefined

  constructor(code: 'PH_REDIS_AWAY' | 'PH_REDIS_REPLY', message: string, reply?: string) {
    super(code, message)
    this.name = 'RedisError'
    this.reply = reply
  }
}

/**
 * The client's error as ours, without the command: the client attaches its arguments, which hold frames and, for AUTH,
 * the password; a logger would print them.
 */
export function asRedisError(error: unknown): RedisError {
  if (error instanceof RedisError) return error
  const message = errorMessage(error)
  if (!isReply(error)) return new RedisError('PH_REDIS_AWAY', message)
  return new RedisError('PH_REDIS_REPLY', message, replyCode(message))
}

/** Whether Redis itself said that a command failed, and not the client for want of an answer. */
export function isReply(error: unknown): boolean {
  return error instanceof ReplyError
}

/** Redis 6 puts the reply that ended a script behind words of its own and the line; 7 and Valkey answer with that reply itself. */
const CODE_IN_SCRIPT = /^ERR Error running script .*@user_script: ?\d+: -?([A-Z]+) /

/** In Redis' protocol the first word of an error reply is its code; the rest is for people. */
function replyCode(message: string): string {
  return CODE_IN_SCRIPT.exec(message)?.[1] ?? message.split(' ', 1)[0] ?? ''
}
