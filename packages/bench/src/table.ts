import { cpuUsPerRecord, type Measurement, median, medianOf, ratePerSecond } from './measure.ts'
import type { Question } from './question.ts'

const HEADINGS = ['case', 'k records/s', 'min–max', 'ratio', 'CPU µs/record', 'peak RSS MiB', 'delivered/created']
const CPU_HEADINGS = ['case', 'CPU µs/request', 'min–max', 'added CPU µs', 'delivered/created', 'RSS MiB']

type Runs = readonly Measurement[]
type Row = (name: string, runs: Runs) => string[]

/** The answer to a question as a Markdown table. */
export function renderTable(question: Question, runs: ReadonlyMap<string, Runs>): string {
  const byCpu = question.compare === 'cpu'
  const baseline = runs.get(question.baseline ?? question.cases[0]?.name ?? '') ?? []
  const further = headingsOf(runs, ({ figures }) => figures)
  const compared = byCpu ? headingsOf(runs, run => run.compared) : []
  const headings = [...(byCpu ? CPU_HEADINGS : HEADINGS), ...compared, ...further]
  const row = byCpu
    ? cpuRow(baseline, compared, further)
    : rateRow(baseline, further, question.ratioOf === 'cpu' ? recordsPerCpuUs : ratePerSecond)
  const rows = question.cases.map(({ name }) => {
    const found = runs.get(name) ?? []
    return found.length > 0 ? row(name, found) : [name, 'failed', ...headings.slice(2).map(() => '')]
  })
  const lines = [headings, headings.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(r => `| ${r.join(' | ')} |`)
  return [`## ${question.question}`, '', ...lines, ...(question.note ? ['', question.note] : []), ''].join('\n')
}

function headingsOf(runs: ReadonlyMap<string, Runs>, figures: (run: Measurement) => object | undefined): string[] {
  return [...new Set([...runs.values()].flat().flatMap(run => Object.keys(figures(run) ?? {})))]
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
      middle.peakRssMiB.toFixed(0),
      `${middle.delivered}/${middle.created}`,
      ...figuresOf(middle, further),
    ]
  }
}

function cpuRow(baselineRuns: Runs, compared: readonly string[], further: readonly string[]): Row {
  const baseline = baselineRuns.length > 0 ? cpuUsPerRequest(median(baselineRuns, cpuUsPerRequest)) : Number.NaN
  return (name, runs) => {
    const costs = runs.map(cpuUsPerRequest)
    const middle = median(runs, cpuUsPerRequest)
    return [
      name,
      cpuUsPerRequest(middle).toFixed(1),
      `${Math.min(...costs).toFixed(1)}–${Math.max(...costs).toFixed(1)}`,
      (cpuUsPerRequest(middle) - baseline).toFixed(1),
      `${middle.delivered}/${middle.created}`,
      comparison(runs, baselineRuns, run => run.peakRssMiB),
      ...compared.map(heading => comparison(runs, baselineRuns, run => run.compared?.[heading] ?? Number.NaN)),
      ...figuresOf(middle, further),
    ]
  }
}

function figuresOf({ figures }: Measurement, headings: readonly string[]): string[] {
  return headings.map(heading => figures?.[heading] ?? '')
}

/** The median, and what it is more than that of the baseline. */
function comparison(runs: Runs, baselineRuns: Runs, figure: (run: Measurement) => number): string {
  const value = medianOf(runs.map(figure))
  const more = value - medianOf(baselineRuns.map(figure))
  const digits = value < 1000 ? 1 : 0
  return runs === baselineRuns
    ? value.toFixed(digits)
    : `${value.toFixed(digits)} (${more < 0 ? '' : '+'}${more.toFixed(digits)})`
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
