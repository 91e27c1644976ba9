/** The stats of a reporter in the text format of Prometheus, for a /metrics that the application has anyway. Needs no client library. */
import { describeFound, OptionsError, type Problem } from '@pumphouse/options'
import type { ReporterStats } from './tally.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

/**
 * `response.type('text/plain').send(prometheusText(reporter.stats(), { service: 'orders' }))`. Counters end in `_total`, start at 0 with the reporter, and only grow; `labels` stand at
 * every sample. Ends with a line break, so that texts can be joined. Throws OptionsError for labels that Prometheus does not take.
 */
export function prometheusText(stats: ReporterStats, labels: Labels = {}): string {
  checkLabels(labels)
  const lines: string[] = []

  function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): void {
    const full = `pumphouse_reporter_${name}`
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`)
    for (const [own, value] of samples) lines.push(`${full}${labelText({ ...labels, ...own })} ${value}`)
  }

  const one = (value: number): readonly Sample[] => [[{}, value]]
  const by = (label: string, counts: Readonly<Record<string, number>>): readonly Sample[] =>
    Object.entries(counts).map(([name, count]) => [{ [label]: name }, count])

  metric('created_total', 'counter', 'Calls of record().', one(stats.created))
  metric('accepted_total', 'counter', 'Records that were taken.', one(stats.accepted))
  metric('sampled_out_total', 'counter', 'Records left out by sampling.', one(stats.sampledOut))
  metric('sampled_out_by_route_total', 'counter', 'The same by route.', by('route', stats.sampledOutByRoute))
  metric('sent_total', 'counter', 'Records that Redis acknowledged.', one(stats.sent))
  metric('backlog_full_total', 'counter', 'Pushes refused at the backlog cap.', one(stats.backlogFull))
  metric('dropped_total', 'counter', 'Records lost, by reason.', by('reason', stats.dropped))
  metric('altered_total', 'counter', 'Fields replaced or cut, by reason.', by('reason', stats.altered))
  metric('redacted_total', 'counter', 'Values redacted, by what was done.', by('how', { ...stats.redacted }))
  metric('hook_errors_total', 'counter', 'Failures of functions of the application.', by('hook', stats.hookErrors))
  metric('queued', 'gauge', 'Records in memory.', one(stats.queued))
  metric('spooled', 'gauge', 'Records on disk, waiting for Redis.', one(stats.spooled))
  metric('spool_bytes', 'gauge', 'Size of the files of this process.', one(stats.spool.bytes))
  metric('workers', 'gauge', 'Worker threads running.', one(stats.workers))
  metric('redis_up', 'gauge', '1 while Redis is connected and takes frames.', one(stats.redis === 'up' ? 1 : 0))
  return `${lines.join('\n')}\n`
}

const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/

/** One that is wrong would make Prometheus refuse the whole text. */
function checkLabels(labels: Labels): void {
  const problems: Problem[] = []
  for (const [name, value] of Object.entries<unknown>(labels)) {
    const path = `labels.${name}`
    if (!LABEL.test(name)) {
      problems.push({ path, found: 'its name', expected: 'one of letters, digits and _, which begins with no digit' })
    }
    if (typeof value !== 'string') problems.push({ path, found: describeFound(value), expected: 'a text' })
  }
  if (problems.length > 0) throw new OptionsError('prometheusText()', problems)
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
