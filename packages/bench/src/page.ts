/** docs/benchmarks.md: a section for each question, each with the machine, the commit and the day it was answered on. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Question } from './question.ts'

const BYTES_PER_GIB = 2 ** 30
const page = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url))
const HEADING = '## '

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench -- --write [question …]\`. The machine is shared and noisy: read the ratios and the CPU time, not the rates, and
compare a rate with that of another machine by what JSON.stringify took on each. The ratio compares with the first case of each table unless it says
otherwise; medians, each run in a process of its own.
`

/** The oldest Node that is supported: what is measured on it needs no name. */
const USUAL_NODE = '20'

/** The question as it is asked on the Node that runs this: on any but the usual one its answer stands in a section of its own. */
export function onThisNode(question: Question): Question {
  const [major] = process.versions.node.split('.')
  return major === USUAL_NODE ? question : { ...question, question: `${onNode(question.question)}${major}?` }
}

/** How the question begins that is asked on another Node. */
function onNode(question: string): string {
  return `${question.replace(/\?$/, '')}, on Node `
}

/** How often each case ran, and how fast the machine was beside them. */
interface Runs {
  readonly repetitions: number
  readonly yardstick: string
}

/** Puts the answer in its place; sections of other questions stay. `order` are all questions, as they are asked. */
export function writeAnswer(question: string, table: string, runs: Runs, order: readonly string[]): void {
  const sections = new Map<string, string>()
  for (const section of readFileSync(page, 'utf8').split(/^(?=## )/m)) {
    if (section.startsWith(HEADING)) sections.set(section.slice(HEADING.length, section.indexOf('\n')), section.trim())
  }
  sections.set(question, `${table.trim()}\n\n${occasion(runs)}`)
  const headings = [...sections.keys()]
  const known = order
    .flatMap(each => headings.filter(heading => heading === each || heading.startsWith(onNode(each))))
    .map(heading => sections.get(heading))
  writeFileSync(page, `${[INTRODUCTION.trim(), ...known].join('\n\n')}\n`)
}

function occasion({ repetitions, yardstick }: Runs): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const memory = `${Math.round(totalmem() / BYTES_PER_GIB)} GiB`
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${memory}, ${process.platform} ${process.arch}`
  const day = new Date().toISOString().slice(0, 'yyyy-mm-dd'.length)
  return `${machine}, Node ${process.version}, commit ${commit}, ${day}; runs of each case: ${repetitions}. ${yardstick}.`
}
