import { type AnalyticsRecord, createRedactor } from '@pumphouse/record'
import type { RecordPolicies } from '../config/policies.ts'
import { chooseFields } from './fields.ts'
import { compileFilter, type RecordTest } from './filter.ts'
import { flatten } from './flatten.ts'
import { omitDetails } from './omit-details.ts'
import { compileSample, compileWeight } from './sample.ts'
import { trim } from './trim.ts'

/** What a pump gets of a frame's records: never more of them, never in another order, never the shared ones changed. */
export type RecordPolicy = (records: readonly AnalyticsRecord[]) => readonly AnalyticsRecord[]

/** Gives a record back as it is, or a copy that is not. */
type Step = (record: AnalyticsRecord) => AnalyticsRecord

/**
 * Compiles what a pump's configuration says about records, once, into one function. What is not configured is not in it, and with nothing
 * configured the frame's own list is passed through: nothing is done per record. The order, and why:
 *
 *   filter         first: it may look at any field as it was recorded, and nothing further is done for what it keeps back
 *   sample         of what the pump wants, not of everything
 *   omit details   before anything walks into the bulky fields
 *   redact         before names change: a rule says where in the record, as it was recorded, a secret stands
 *   flatten        before the choice of fields, so that allow, deny and rename reach into mappings
 *   fields         deny, allow, rename, set, tags
 *   trim           last, so that whatever the others made is within bounds
 */
export function compilePolicy(config: RecordPolicies): RecordPolicy {
  const passes = compileTest(config)
  const shape = compileSteps(config)
  return records => {
    const passing = passes ? records.filter(passes) : records
    return shape ? passing.map(shape) : passing
  }
}

function compileTest({ filters }: RecordPolicies): RecordTest | undefined {
  const passes = compileFilter(filters)
  const kept = filters.sample ? compileSample(filters.sample) : undefined
  return passes && kept ? record => passes(record) && kept(record) : (passes ?? kept)
}

function compileSteps(config: RecordPolicies): Step | undefined {
  const { filters, omitDetailedRecording, detailFields } = config
  const steps: Step[] = []
  if (filters.sample) steps.push(compileWeight(filters.sample))
  if (omitDetailedRecording) steps.push(omitDetails(detailFields))
  const redactor = config.redact && createRedactor(config.redact)
  if (redactor) steps.push(redactor.record)
  if (config.flatten) steps.push(flatten(config.flatten.separator))
  if (config.fields) steps.push(chooseFields(config.fields))
  if (config.trim) steps.push(trim(config.trim))
  if (steps.length === 0) return undefined
  return record => {
    let shaped = record
    for (const step of steps) shaped = step(shaped)
    if (shaped !== record) Object.values(Object.freeze(shaped)).forEach(freeze)
    return shaped
  }
}

/** What the steps copied, once, at the end. What they passed on as it is, is frozen already. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return
  Object.values(Object.freeze(value)).forEach(freeze)
}
