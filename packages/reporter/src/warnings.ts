import { type ErrorCode, PumphouseError } from '@pumphouse/record'

/** Says what goes wrong once per episode, never per record. */
export interface Warnings {
  /** Warns, unless an episode of this code is under way; one of this code and this matter, if there are several. Whether it did. */
  begin(code: ErrorCode, message: string, matter?: string): boolean
  /** Ends the episode: the next begin() warns again. */
  end(code: ErrorCode): void
}

/** `onWarning` may throw: it is the application's. Default: process.emitWarning. */
export function createWarnings(onWarning: (warning: PumphouseError) => void = emitProcessWarning): Warnings {
  const episodes = new Set<string>()
  return {
    begin(code, message, matter) {
      const episode = matter === undefined ? code : `${code} ${matter}`
      if (episodes.has(episode)) return false
      episodes.add(episode)
      try {
        onWarning(new PumphouseError(code, message))
      } catch {
        // Nobody is left to tell.
      }
      return true
    },
    end(code) {
      episodes.delete(code)
    },
  }
}

function emitProcessWarning({ message, code }: PumphouseError): void {
  process.emitWarning(message, { type: 'PumphouseWarning', code })
}
