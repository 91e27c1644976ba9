/** What one run of one case found. */
export interface Measurement {
  readonly created: number
  /** Records seen at the far end, counted there. A speed means nothing without it. */
  readonly delivered: number
  readonly elapsedMs: number
  /** User + system time of the whole process, its threads included; where only a part was measured, as if all had been as that. */
  readonly cpuUs: number
  /** Highest resident size of the process so far, or that after the part that was measured. */
  readonly peakRssMiB: number
  /** What is to be compared with the baseline, by the heading of its column: the median is shown, and how far it is from that of the baseline. */
  readonly compared?: Readonly<Record<string, number>>
  /** What else is to be seen of this run, by the heading of its column. The median run's are shown. */
  readonly figures?: Readonly<Record<string, string>>
}

const KIB_PER_MIB = 1024
const US_PER_MS = 1000

/** Runs `work`, which resolves with the number of records delivered, and measures time and CPU around it. */
export async function measure(created: number, work: () => number | Promise<number>): Promise<Measurement> {
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  const delivered = await work()
  const elapsedMs = performance.now() - before
  const cpu = process.cpuUsage(cpuBefore)
  return {
    created,
    delivered,
    elapsedMs,
    cpuUs: cpu.user + cpu.system,
    peakRssMiB: process.resourceUsage().maxRSS / KIB_PER_MIB,
  }
}

/** The figure in the middle, or that between the two there. */
export function medianOf(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const [lower = Number.NaN, upper = lower] = sorted.slice(Math.floor((sorted.length - 1) / 2))
  return sorted.length % 2 === 0 ? (lower + upper) / 2 : lower
}

/** The measurement in the middle, by this figure. */
export function median(runs: readonly Measurement[], figure: (run: Measurement) => number): Measurement {
  const sorted = [...runs].sort((a, b) => figure(a) - figure(b))
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('a median needs at least one run')
  return middle
}

export function ratePerSecond(run: Measurement): number {
  return (run.delivered / run.elapsedMs) * US_PER_MS
}

export function cpuUsPerRecord(run: Measurement): number {
  return run.cpuUs / run.delivered
}
