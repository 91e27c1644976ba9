/** `pumphouse test`: what the policies of pump.yaml make of records, held against what a file expects. No server is asked, no pump is started. */

import { OptionsError } from '@pumphouse/options'
import type { DaemonConfig } from '../../config/config.ts'
import { compilePolicy } from '../../policy/record-policy.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { CommandSurroundings } from '../surroundings.ts'
import { loadOrComplain } from '../validate.ts'
import { compareRecords } from './compare-records.ts'
import { type Expectation, readExpectations } from './read-expectations.ts'

/** Runs the tests of every file. Exit 0; 1 when a pump would not get what is expected; 78 when the configuration or a file of tests cannot be used. */
export async function runExpectations(
  configFile: string,
  files: readonly string[],
  surroundings: CommandSurroundings,
): Promise<ExitCode> {
  const loaded = await loadOrComplain(configFile, surroundings)
  if (loaded === undefined) return EXIT.config
  const { print, complain } = surroundings
  const { pumps } = loaded.config
  const names = pumps.map(({ name }) => name)
  const read = files.map(file => ({ file, ...readExpectations(file, names) }))
  for (const { file, problems } of read) {
    if (problems.length > 0) await complain(`${new OptionsError(file, problems).message}\n`)
  }
  if (read.some(({ problems }) => problems.length > 0)) return EXIT.config

  let failed = 0
  const expectations = read.flatMap(one => one.expectations)
  for (const expectation of expectations) {
    const differences = runOne(expectation, pumps)
    if (differences.length === 0) await print(`✓ ${expectation.name}\n`)
    else {
      failed += 1
      await print(`✗ ${expectation.name}\n${differences.map(line => `    ${line}\n`).join('')}`)
    }
  }
  await print(`${expectations.length - failed} of ${expectations.length} tests passed\n`)
  return failed === 0 ? EXIT.ok : EXIT.failed
}

function runOne({ records, expected }: Expectation, pumps: DaemonConfig['pumps']): readonly string[] {
  return pumps.flatMap(pump => {
    const wanted = expected.get(pump.name)
    if (wanted === undefined) return []
    return compareRecords(wanted, compilePolicy(pump)(records)).map(difference => `${pump.name}: ${difference}`)
  })
}
