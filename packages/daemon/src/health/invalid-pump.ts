import type { InvalidPump } from '../config/config.ts'
import type { PipelineHealth } from '../pipeline/pipeline.ts'

/** What health says of a pump that does not run because its plugin cannot be used: nothing was done, nothing is under way, and why. */
export function healthOfInvalid({ name, type, problems }: InvalidPump): PipelineHealth {
  return {
    name,
    type,
    state: 'invalid',
    delivered: 0,
    filtered: 0,
    deadLettered: 0,
    inFlight: 0,
    failures: 1,
    breaker: 'closed',
    lastError: problems.join('; '),
    sinceStepMs: 0,
    stalled: false,
  }
}
