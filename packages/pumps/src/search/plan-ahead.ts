import type { AnalyticsRecord } from '@pumphouse/record'
import type { BulkPlan, BulkPlanner } from './bulk-items.ts'

/** Plans batches that are written one after the other, the next one ahead of time. */
export interface PlanAhead {
  /** Plans the batch that will probably be asked for next. The plan of another that was prepared before is forgotten. */
  prepare(batch: readonly AnalyticsRecord[]): void
  /** The plan of a batch, made now unless it is ready. */
  planOf(batch: readonly AnalyticsRecord[]): BulkPlan
  /** Forgets what was prepared. */
  clear(): void
}

/** The server then never waits for a body to be made, which takes about a tenth of the time that it takes itself. */
export function createPlanAhead(plan: BulkPlanner): PlanAhead {
  let ready: { readonly batch: readonly AnalyticsRecord[]; readonly plan: BulkPlan } | undefined

  return {
    prepare(batch) {
      ready = { batch, plan: plan(batch) }
    },
    planOf(batch) {
      if (ready?.batch !== batch) return plan(batch)
      const planned = ready.plan
      ready = undefined
      return planned
    },
    clear() {
      ready = undefined
    },
  }
}
