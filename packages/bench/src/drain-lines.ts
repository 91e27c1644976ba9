/** How fast does the daemon write lines, to a pipe that is read and to a file that is flushed to disk? */
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { countLines, runDrain } from './drain.ts'
import type { Measurement } from './measure.ts'
import type { Question } from './question.ts'
import { requestRecord } from './sample-records.ts'

const FILL = { records: 2_000_000, perFrame: 500, make: requestRecord }
const FILE = 'records'
const COLUMNS = ['id', ...Object.keys(requestRecord(0))]

async function linesInFiles(folder: string): Promise<number> {
  let lines = 0
  for (const name of await readdir(folder)) {
    if (name.startsWith(FILE)) lines += await countLines(createReadStream(join(folder, name)))
  }
  return lines
}

/** The header of the one file is a line, and no record. */
async function drainToFile(meta: object, policies: object = {}): Promise<Measurement> {
  const headers = 'csv' in meta ? 1 : 0
  return await runDrain({
    fill: FILL,
    pumps: folder => ({ file: { type: 'file', ...policies, meta: { ...meta, path: join(folder, FILE) } } }),
    count: async folder => (await linesInFiles(folder)) - headers,
  })
}

/** To a file and to standard output, beside the null pump. */
export const drainLines: Question = {
  question: 'How fast does the daemon drain to lines?',
  cases: [
    {
      name: 'null, for comparison',
      run: () => runDrain({ fill: FILL, pumps: () => ({ null: { type: 'null' } }) }),
    },
    {
      name: 'file, JSON lines',
      run: () => drainToFile({}),
    },
    {
      name: 'file, JSON lines, batches of 5,000',
      run: () => drainToFile({}, { batch: { maxRecords: 5_000 } }),
    },
    {
      name: 'file, CSV in the columns of the records',
      run: () => drainToFile({ format: 'csv', csv: { columns: COLUMNS } }),
    },
    {
      name: 'stdout, JSON lines into a pipe',
      run: () => runDrain({ fill: FILL, pumps: () => ({ out: { type: 'stdout' } }), count: (_, lines) => lines }),
    },
  ],
  note: 'Records of 15 fields in frames of 500. Delivered = lines counted in the file, or by the reader of the pipe. Batches of 1,000 records where nothing else is said, each on the disk before the next.',
}
