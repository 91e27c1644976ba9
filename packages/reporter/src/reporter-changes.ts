import { OptionsError } from '@pumphouse/options'
import { checkGiven, loadReporterOptions, type ReporterOptions, type ReporterSettings } from './options.ts'

/** What `reporter.update()` can change. */
export interface ReporterChanges extends Pick<ReporterOptions, 'sample' | 'redact'> {
  /** In place of the `skip` of every adapter with this reporter; undefined = theirs again. It is asked with what their framework hands out. */
  readonly skip?: ((request: never) => boolean) | undefined
}

/** What stands after a change. */
export type ChangedSettings = Pick<ReporterSettings, 'sample' | 'redact'> & Pick<ReporterChanges, 'skip'>

/** Loads the options with the changes made so far. Throws OptionsError; those changes then do not count. */
export function createReload(options: ReporterOptions): (changes: ReporterChanges) => ChangedSettings {
  let current: ReporterChanges = {}
  return changes => {
    checkChanges(changes)
    const next = { ...current, ...said(changes) }
    const { skip, ...loaded } = next
    const { sample, redact } = loadReporterOptions({ ...options, ...loaded })
    current = next
    return { sample, redact, skip }
  }
}

/** Undefined says nothing of an option, as in createReporter; of `skip` it says that the adapters' own counts again. */
function said(changes: ReporterChanges): ReporterChanges {
  return Object.fromEntries(Object.entries(changes).filter(([name, value]) => value !== undefined || name === 'skip'))
}

const CHANGEABLE: readonly string[] = ['sample', 'redact', 'skip']

function checkChanges(changes: ReporterChanges): void {
  checkGiven(changes, 'reporter.update()')
  const expected = `one of ${CHANGEABLE.join(', ')}`
  const others = Object.keys(changes).filter(name => !CHANGEABLE.includes(name))
  const problems = others.map(path => ({ path, found: 'a change', expected }))
  const { skip } = changes
  if (skip !== undefined && typeof skip !== 'function') {
    problems.push({ path: 'skip', found: `a ${typeof skip}`, expected: 'a function' })
  }
  if (problems.length > 0) throw new OptionsError('reporter.update()', problems)
}
