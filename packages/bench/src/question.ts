import type { Measurement } from './measure.ts'

/** One thing measured. Each run of it happens in a process of its own, so that memory and warm-up are its own too. */
export interface Case {
  readonly name: string
  /** Sets up, warms up, measures with `measure`, tears down. `serverUrl`: of the question's server, which it leaves as it found it. */
  run(serverUrl: string): Promise<Measurement>
}

/** What the runs of a question have in common. */
export interface QuestionServer {
  readonly url: string
  stop(): Promise<void>
}

/** One question, one file. The cases run in turn, several times over, so that the machine's noise falls on all of them. */
export interface Question {
  /** As a person would ask it; the heading of its table. */
  readonly question: string
  readonly cases: readonly Case[]
  /** Starts, and warms up, a server for all runs: for one whose start takes longer than a run. Default: there is none, and `serverUrl` is empty. */
  server?(): Promise<QuestionServer>
  /** The name of the case whose rate is the 1.00 of the ratio column. Default: the first. */
  readonly baseline?: string
  /** What decides: the rate, or the CPU time where the rate is fixed. It picks the median, and is what the ratio column compares. Default `rate`. */
  readonly compare?: 'rate' | 'cpu'
  /** What the ratio column compares where the rate decides: rates, or the CPU time of a record, which other work on the machine disturbs less. Default `rate`. */
  readonly ratioOf?: 'rate' | 'cpu'
  /** How often each case runs; the median is shown. Default 3. */
  readonly repetitions?: number
  /** What a reader must know to read the table rightly. */
  readonly note?: string
}
