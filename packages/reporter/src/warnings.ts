import { writeSync } from 'node:fs'
import { type ErrorCode, PumphouseError } from '@pumphouse/record'
import { ignoreRejection } from './thenable.ts'

const STDERR = 2

/** Says what goes wrong once per episode, never per record. */
export interface Warnings {
  /** Warns, unless an episode of this code is under way; one of this code and this matter, if there are several. Whether it did. */
  begin(code: ErrorCode, message: string, matter?: string): boolean
  /** Ends the episode: the next begin() warns again. */
  end(code: ErrorCode): void
  /** The process exits: what comes now is written at once, or nobody would see it. */
  exiting(): void
}

/** `onWarning` may throw, or return a promise that rejects: it is the application's. Default: process.emitWarning. */
export function createWarnings(onWarning?: (warning: PumphouseError) => void): Warnings {
  let say = onWarning ?? emitProcessWarning
  const episodes = new Set<string>()
  return {
    begin(code, message, matter) {
      const episode = matter === undefined ? code : `${code} ${matter}`
      if (episodes.has(episode)) return false
      episodes.add(episode)
      try {
        ignoreRejection(say(new PumphouseError(code, message)))
      } catch {
        // Nobody is left to tell.
      }
      return true
    },
    end(code) {
      episodes.delete(code)
    },
    exiting() {
      say = onWarning ?? writeWarning
    },
  }
}

function emitProcessWarning({ message, code }: PumphouseError): void {
  process.emitWarning(message, { type: 'PumphouseWarning', code })
}

/** Node prints its own in a later turn of the event loop, which an exiting process has not. In the same form. */
function writeWarning({ message, code }: PumphouseError): void {
  writeSync(STDERR, `(node:${process.pid}) [${code}] PumphouseWarning: ${message}\n`)
}
