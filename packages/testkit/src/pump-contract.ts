/**
 * The contract of a pump as tests, for any test runner. Every built-in pump passes it; a pump of your own should:
 *
 *     for (const { name, run } of pumpContract(myPump, setUp)) test(name, run)
 *
 * The records carry a text field `contractKey`; `read` returns that field of every record at the target.
 */
import type { PumpDefinition } from '@pumphouse/pumps'
import { contractCases } from './contract-cases.ts'
import type { ContractTarget } from './contract-target.ts'

/** One test: `run` throws when the pump breaks the contract. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

/** The cases for one pump. `setUp` is called once for each case that needs a target. */
export function pumpContract(
  definition: PumpDefinition,
  setUp: () => Promise<ContractTarget>,
): readonly ContractCase[] {
  return contractCases.map(({ name, run }) => ({
    name: `${definition.type}: ${name}`,
    async run() {
      const target = await setUp()
      try {
        await run({ definition, target })
      } finally {
        await target.remove?.()
      }
    },
  }))
}
