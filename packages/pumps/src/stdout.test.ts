import { PassThrough } from 'node:stream'
import { type ContractTarget, pumpContract } from '@pumphouse/testkit'
import { test } from 'vitest'
import { jsonLine } from './json-line.ts'
import { stdout } from './stdout.ts'
import { createStreamPump } from './stream-pump.ts'

/** The stdout of the test run belongs to its reporter: the contract is run against a stream in its place. */
async function setUp(): Promise<ContractTarget> {
  const lines: string[] = []
  stream = new PassThrough()
  stream.setEncoding('utf8').on('data', text => lines.push(text))
  return {
    meta: {},
    read: async () =>
      lines
        .join('')
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line).contractKey),
  }
}

let stream = new PassThrough()
const toStream = { ...stdout, create: () => createStreamPump(stream, 'a stream', jsonLine) }

for (const { name, run } of pumpContract(toStream, setUp)) test(name, run)
