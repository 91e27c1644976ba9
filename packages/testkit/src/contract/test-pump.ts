/**
 * The contract of a pump as tests, for any test runner. Every built-in pump passes it; a pump of your own should:
 *
 *     for (const { name, run, skip } of testPump({ definition, setUp }, faults)) test(name, { skip }, run)
 *
 * The records carry a text field `contractKey`; `read` returns that field of every record at the target. The guide docs/guides/custom-pump.md shows
 * it from an empty folder on.
 */
import type { PumpDefinition } from '@pumphouse/pumps'
import type { FaultProxy } from '../proxy.ts'
import type { Case, CaseFaults, Need } from './contract-case.ts'
import { contractCases } from './contract-cases.ts'
import { faultCases } from './contract-fault-cases.ts'
import type { ContractTarget } from './contract-target.ts'

/** One test: `run` throws when the pump breaks the contract. */
export interface ContractCase {
  readonly name: string
  /** Why it cannot be run with what was given; false when it can. Runners count such a test as skipped. */
  readonly skip: string | false
  run(): Promise<void>
}

/** A pump, and how to make a target for it. */
export interface PumpFactory<T extends ContractTarget> {
  readonly definition: PumpDefinition
  /** Called once for each case. */
  setUp(): Promise<T>
  /** True when the target keeps records in the order they came in, and `read` gives them so. Default: false. */
  readonly ordered?: boolean
}

/** How to break a target that `setUp` made. What is left out cannot be tested, and its cases say so. */
export interface PumpFaults<T extends ContractTarget> {
  /** The proxy between pump and target (`startProxy`), through which its `meta` leads. For targets behind a connection. */
  network?(target: T): FaultProxy
  /** Ends the target at once and starts it again, with what it held. */
  restart?(target: T): Promise<void>
  /** From now on the target refuses the records with these keys for good, and takes all others. */
  refuse?(target: T, contractKeys: readonly string[]): Promise<void>
}

const CASES: readonly Case[] = [...contractCases, ...faultCases]

/** The cases for one pump: delivery, order, batches of all sizes, abort, close, hostile values, and with `faults` a target that fails. */
export function testPump<T extends ContractTarget>(
  factory: PumpFactory<T>,
  faults: PumpFaults<T> = {},
): readonly ContractCase[] {
  const { definition } = factory
  return CASES.map(({ name, needs, run }) => ({
    name: `${definition.type}: ${name}`,
    skip: skipReason(needs, factory, faults),
    async run() {
      const target = await factory.setUp()
      try {
        await run({ definition, target, faults: bind(faults, target) })
      } finally {
        await target.remove?.()
      }
    },
  }))
}

function skipReason<T extends ContractTarget>(
  need: Need | undefined,
  factory: PumpFactory<T>,
  faults: PumpFaults<T>,
): string | false {
  if (need === undefined) return false
  if (need === 'ordered') return factory.ordered === true ? false : 'the target keeps no order'
  return faults[need] === undefined ? `no fault "${need}" is given` : false
}

function bind<T extends ContractTarget>({ network, restart, refuse }: PumpFaults<T>, target: T): CaseFaults {
  return {
    ...(network && { network: network(target) }),
    ...(restart && { restart: () => restart(target) }),
    ...(refuse && { refuse: (keys: readonly string[]) => refuse(target, keys) }),
  }
}
