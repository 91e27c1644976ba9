import type { Pump } from '@pumphouse/pumps'
import type { AnalyticsRecord } from '@pumphouse/record'

/** Lets a pump make ready what it will write next. It need not; and what goes wrong at it, the write will meet again and say. */
export function prepare(pump: Pump | undefined, batch: readonly AnalyticsRecord[]): void {
  try {
    pump?.prepare?.(batch)
  } catch {
    // Nothing has been promised yet.
  }
}
