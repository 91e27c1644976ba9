/**
 * How many frames go into one push. A push is taken as a whole or not at all, and a connection on which no answer comes within the command
 * timeout is given up: on a slow line the same large push would be sent again and again. So the size is halved when no answer came, and
 * grows by a frame with each that came soon.
 */

/** The size of a lane's next push. */
export interface PushSize {
  /** At least 1. */
  readonly frames: number
  /** The last push was answered, whatever the answer, after so long. */
  answered(tookMs: number): void
  /** It was not, and had so many frames. */
  unanswered(pushed: number): void
}

/** "Soon" is this part of the command timeout: twice as much still has its answer in time. */
const SOON = 0.25

/** Starts with `most` frames, and never exceeds it. */
export function createPushSize(most: number, commandTimeoutMs: number): PushSize {
  let frames = most
  return {
    get frames() {
      return frames
    },
    answered(tookMs) {
      if (tookMs < commandTimeoutMs * SOON) frames = Math.min(most, frames + 1)
    },
    unanswered(pushed) {
      frames = Math.max(1, pushed >> 1)
    },
  }
}
