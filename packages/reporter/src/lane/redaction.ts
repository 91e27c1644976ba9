import { createRedactor, type RedactRules, type RowBatch } from '@pumphouse/record'
import type { LaneEvent } from './lane-messages.ts'

/** Takes the secrets out of a batch by these rules, and reports how many values that changed. Throws only for a batch that is none. */
export function createRedaction(rules: RedactRules, report: (event: LaneEvent) => void): (batch: RowBatch) => RowBatch {
  const redactor = createRedactor(rules)
  if (redactor === undefined) return batch => batch
  let said = { ...redactor.counts }
  return given => {
    const batch = redactor.batch(given)
    if (batch !== given) {
      const { masked, removed, hashed, failed } = redactor.counts
      const before = said
      said = { masked, removed, hashed, failed }
      report({
        type: 'redacted',
        counts: {
          masked: masked - before.masked,
          removed: removed - before.removed,
          hashed: hashed - before.hashed,
          failed: failed - before.failed,
        },
      })
    }
    return batch
  }
}
