/** How fast does the daemon write JSON lines, to a pipe that is read and to a file that is flushed to disk? */
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { countLines, runDrain } from './drain.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const FILL = { records: 2_000_000, perFrame: 500, make: requestRecord }
const FILE = 'records.jsonl'

async function linesInFiles(folder: string): Promise<number> {
  let lines = 0
  for (const name of await readdir(folder)) {
    if (name.startsWith(FILE)) lines += await countLines(createReadStream(join(folder, name)))
  }
  return lines
}

/** To a file and to standard output, beside the null pump. */
export const drainLines: Question = {
  question: 'How fast does the daemon drain to JSON lines?',
  cases: [
    {
      name: 'null, for comparison',
      run: () => runDrain({ fill: FILL, pumps: () => ({ null: { type: 'null' } }) }),
    },
    {
      name: 'file',
      run: () =>
        runDrain({
          fill: FILL,
          pumps: folder => ({ file: { type: 'file', meta: { path: join(folder, FILE) } } }),
          count: linesInFiles,
        }),
    },
    {
      name: 'stdout, into a pipe',
      run: () => runDrain({ fill: FILL, pumps: () => ({ out: { type: 'stdout' } }), count: (_, lines) => lines }),
    },
  ],
  note: 'Records of 15 fields in frames of 500. Delivered = lines counted in the file, or by the reader of the pipe.',
}
