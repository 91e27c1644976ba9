import { cpuUsPerRecord, type Measurement, median, ratePerSecond } from './measure.ts'
import type { Question } from './question.ts'

const HEADINGS = ['case', 'k records/s', 'min–max', 'ratio', 'CPU µs/record', 'peak RSS MiB', 'delivered/created']
const CPU_HEADINGS = ['case', 'CPU µs/request', 'min–max', 'added CPU µs', 'RSS MiB', 'delivered/created']

type Runs = readonly Measurement[]
type Row = (name: string, runs: Runs) => string[]

/** The answer to a question as a Markdown table. */
export function renderTable(question: Question, runs: ReadonlyMap<string, Runs>): string {
  const byCpu = question.compare === 'cpu'
  const baseline = runs.get(question.baseline ?? question.cases[0]?.name ?? '') ?? []
  const further = [...new Set([...runs.values()].flat().flatMap(({ figures }) => Object.keys(figures ?? {})))]
  const headings = [...(byCpu ? CPU_HEADINGS : HEADINGS), ...further]
  const row = byCpu
    ? cpuRow(baseline, further)
    : rateRow(baseline, further, question.ratioOf === 'cpu' ? recordsPerCpuUs : ratePerSecond)
  const rows = question.cases.map(({ name }) => {
    const found = runs.get(name) ?? []
    return found.length > 0 ? row(name, found) : [name, 'failed', ...headings.slice(2).map(() => '')]
  })
  const lines = [headings, headings.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(r => `| ${r.join(' | ')} |`)
  return [`## ${question.question}`, '', ...lines, ...(question.note ? ['', question.note] : []), ''].join('\n')
}

function rateRow(baselineRuns: Runs, further: readonly string[], worth: (run: Measurement) => number): Row {
  const baseline = baselineRuns.length > 0 ? worth(median(baselineRuns, ratePerSecond)) : Number.NaN
  return (name, runs) => {
    const rates = runs.map(ratePerSecond)
    const middle = median(runs, ratePerSecond)
    return [
      name,
      thousands(ratePerSecond(middle)),
      `${thousands(Math.min(...rates))}–${thousands(Math.max(...rates))}`,
      (worth(middle) / baseline).toFixed(2),
      cpuUsPerRecord(middle).toFixed(2),
      ...end(middle, further),
    ]
  }
}

function cpuRow(baselineRuns: Runs, further: readonly string[]): Row {
  const baseline = baselineRuns.length > 0 ? cpuUsPerRequest(median(baselineRuns, cpuUsPerRequest)) : Number.NaN
  return (name, runs) => {
    const costs = runs.map(cpuUsPerRequest)
    const middle = median(runs, cpuUsPerRequest)
    return [
      name,
      cpuUsPerRequest(middle).toFixed(1),
      `${Math.min(...costs).toFixed(1)}–${Math.max(...costs).toFixed(1)}`,
      (cpuUsPerRequest(middle) - baseline).toFixed(1),
      ...end(middle, further),
    ]
  }
}

function end({ peakRssMiB, delivered, created, figures }: Measurement, further: readonly string[]): string[] {
  return [peakRssMiB.toFixed(0), `${delivered}/${created}`, ...further.map(heading => figures?.[heading] ?? '')]
}

/** Of what was asked for: a tool that loses records does not become cheaper or dearer by it. */
function cpuUsPerRequest({ cpuUs, created }: Measurement): number {
  return cpuUs / created
}

function recordsPerCpuUs(run: Measurement): number {
  return 1 / cpuUsPerRecord(run)
}

function thousands(rate: number): string {
  return (rate / 1000).toFixed(rate < 100_000 ? 1 : 0)
}
