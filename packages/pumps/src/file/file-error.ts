import { RetryableError } from '../errors.ts'

/** What an operator can do something about, by the system's code. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file is in the place of its folder',
  EFBIG: 'it may not grow further, by a limit of the process or of the file system',
  EIO: 'the disk fails',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
}

/** Those that say: there is no file here that can be written. The others are of one that can, at another time. */
const NO_FILE_TO_WRITE = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ENOTDIR', 'EPERM', 'EROFS'])
const EXPECTED = 'expected a file that this process may write, or make'

/** What went wrong with a file, named with its path and in plain words: what was found and, where there is no such file, what was expected. Retryable: space is made, rights are given. */
export function fileError(path: string, cause: unknown): RetryableError {
  if (cause instanceof RetryableError) return cause
  const code = errorCode(cause)
  const text = cause instanceof Error ? cause.message : String(cause)
  const found = code !== undefined && code in MEANINGS ? `${MEANINGS[code]} (${code})` : text
  const expected = code !== undefined && NO_FILE_TO_WRITE.has(code) ? `; ${EXPECTED}` : ''
  return new RetryableError(`cannot write ${path}: ${found}${expected}`, { cause })
}

/** `ENOENT` and the like; undefined for what is no system error. */
export function errorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
