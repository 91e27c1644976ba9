/**
 * `npm run bench -- [--write] [--repetitions n] [question …]`: asks the named questions, or all, and prints a table each; --write also puts them into
 * docs/benchmarks.md. Every run of a case is a child process: `main.js --case <question> <case> [url of the question's server]` prints one line of JSON.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { environment } from './environment.ts'
import type { Measurement } from './measure.ts'
import { onThisNode, writeAnswer } from './page.ts'
import type { Case, Question, QuestionServer } from './question.ts'
import { questions } from './questions.ts'
import { renderTable } from './table.ts'
import { describeYardstick, measureYardstick } from './yardstick.ts'

const DEFAULT_REPETITIONS = 3
/** A run that takes longer has hung. */
const RUN_TIMEOUT_MS = 600_000
const NO_SERVER: QuestionServer = { url: '', async stop() {} }

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { case: { type: 'boolean' }, write: { type: 'boolean' }, repetitions: { type: 'string' } },
    allowPositionals: true,
  })
  if (values.case) return runCase(positionals[0] ?? '', positionals[1] ?? '', positionals[2])
  const order = await Promise.all(Object.keys(questions).map(async name => (await load(name)).question))
  for (const name of positionals.length > 0 ? positionals : Object.keys(questions)) {
    const question = onThisNode(await load(name))
    const repetitions = Number(values.repetitions ?? question.repetitions ?? DEFAULT_REPETITIONS)
    const { table, yardstick } = await answer(name, question, repetitions)
    // After each: what was measured stays when a later question is interrupted.
    if (values.write) writeAnswer(question.question, table, { repetitions, yardstick }, order)
  }
}

async function answer(
  name: string,
  question: Question,
  repetitions: number,
): Promise<{ table: string; yardstick: string }> {
  process.stderr.write(`${question.question}\n`)
  const runs = new Map<string, Measurement[]>(question.cases.map(c => [c.name, []]))
  const yardsticks: number[] = []
  const server = await serverOf(question)
  try {
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const { name: caseName } of question.cases) {
        yardsticks.push(measureYardstick())
        const run = runInChild(name, caseName, server.url)
        if (run !== undefined) runs.get(caseName)?.push(run)
      }
    }
  } finally {
    await server.stop()
  }
  const table = renderTable(question, runs)
  const yardstick = describeYardstick(yardsticks)
  process.stdout.write(`${table}\n${yardstick}\n`)
  return { table, yardstick }
}

function runInChild(question: string, caseName: string, serverUrl: string): Measurement | undefined {
  const args = [fileURLToPath(import.meta.url), '--case', question, caseName, serverUrl]
  const child = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
    encoding: 'utf8',
    env: environment,
  })
  const result = child.stdout.trimEnd().split('\n').at(-1)
  if (child.status === 0 && result) return JSON.parse(result) as Measurement
  process.stderr.write(`${question} / ${caseName}: ended with ${child.signal ?? child.status}\n`)
  process.exitCode = 1
  return undefined
}

async function runCase(questionName: string, caseName: string, serverUrl: string | undefined): Promise<void> {
  const question = await load(questionName)
  const found: Case | undefined = question.cases.find(c => c.name === caseName)
  if (found === undefined) throw new Error(`${questionName} has no case "${caseName}"`)
  const server = serverUrl === undefined ? await serverOf(question) : { ...NO_SERVER, url: serverUrl }
  try {
    process.stdout.write(`${JSON.stringify(await found.run(server.url))}\n`)
  } finally {
    await server.stop()
  }
}

async function serverOf(question: Question): Promise<QuestionServer> {
  return (await question.server?.()) ?? NO_SERVER
}

async function load(name: string): Promise<Question> {
  const question = questions[name]
  if (question === undefined) throw new Error(`no question "${name}"; there are: ${Object.keys(questions).join(', ')}`)
  return question()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
