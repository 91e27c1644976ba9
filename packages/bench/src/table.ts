import { cpuUsPerRecord, type Measurement, median, ratePerSecond } from './measure.ts'
import type { Question } from './question.ts'

const HEADINGS = ['case', 'k records/s', 'min–max', 'ratio', 'CPU µs/record', 'peak RSS MiB', 'delivered/created']

/** The answer to a question as a Markdown table. */
export function renderTable(question: Question, runs: ReadonlyMap<string, readonly Measurement[]>): string {
  const baselineRuns = runs.get(question.baseline ?? question.cases[0]?.name ?? '') ?? []
  const worth = question.ratioOf === 'cpu' ? recordsPerCpu : ratePerSecond
  const baseline = baselineRuns.length > 0 ? worth(median(baselineRuns)) : Number.NaN
  const ratio = (run: Measurement): number => worth(run) / baseline
  const further = [...new Set([...runs.values()].flat().flatMap(({ figures }) => Object.keys(figures ?? {})))]
  const headings = [...HEADINGS, ...further]
  const rows = question.cases.map(({ name }) => row(name, runs.get(name) ?? [], ratio, further))
  const lines = [headings, headings.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(r => `| ${r.join(' | ')} |`)
  return [`## ${question.question}`, '', ...lines, ...(question.note ? ['', question.note] : []), ''].join('\n')
}

function row(
  name: string,
  runs: readonly Measurement[],
  ratio: (run: Measurement) => number,
  further: readonly string[],
): string[] {
  if (runs.length === 0) return [name, 'failed', '', '', '', '', '', ...further.map(() => '')]
  const rates = runs.map(ratePerSecond)
  const middle = median(runs)
  return [
    name,
    thousands(ratePerSecond(middle)),
    `${thousands(Math.min(...rates))}–${thousands(Math.max(...rates))}`,
    ratio(middle).toFixed(2),
    cpuUsPerRecord(middle).toFixed(2),
    middle.peakRssMiB.toFixed(0),
    `${middle.delivered}/${middle.created}`,
    ...further.map(heading => middle.figures?.[heading] ?? ''),
  ]
}

function recordsPerCpu(run: Measurement): number {
  return 1 / cpuUsPerRecord(run)
}

function thousands(rate: number): string {
  return (rate / 1000).toFixed(rate < 100_000 ? 1 : 0)
}
