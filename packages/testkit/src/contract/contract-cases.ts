/** The cases of the contract suite, in the order of the numbered lifecycle in the docs of `Pump`. */
import assert from 'node:assert/strict'
import { serialize } from 'node:v8'
import { settled, within } from '../within.ts'
import {
  ABORT_BOUND_MS,
  ABORT_MS,
  assertAllDelivered,
  assertDelivers,
  assertHolds,
  assertRejections,
  type Case,
  CLOSE_BOUND_MS,
  create,
  keysOf,
  never,
  sortedKeys,
  withPump,
  write,
} from './contract-case.ts'
import { contractKey, hostileRecords, plainRecords } from './contract-records.ts'

/** Far more than fit into one message of most targets, and as many as targets usually give back in one answer. */
const HUGE_BATCH = 10_000
const OVERLAPPING_WRITES = 4
/** A machine that tests may be too busy for one measurement of 100 ms; a pump that is too slow is so each time. */
const ABORT_ATTEMPTS = 5

export const contractCases: readonly Case[] = [
  {
    name: 'describes itself and each of its options',
    async run({ definition }) {
      assert.match(definition.type, /^[a-z][a-z0-9-]*$/, 'the type is a lower-case word')
      assert.ok(definition.summary.length > 0, 'there is a summary')
      assertDocumented(definition.options, 'meta')
    },
  },
  {
    name: 'refuses an option it does not know, and missing ones, naming them',
    async run({ definition, target }) {
      assertRefused(() => create(definition, { ...Object(target.meta), noSuchOption: 1 }), /noSuchOption/)
      try {
        await create(definition, {}).close()
      } catch (error) {
        assertRefused(() => {
          throw error
        }, /meta/)
      }
    },
  },
  {
    name: 'closes before it was started, and twice',
    async run({ definition, target }) {
      const pump = create(definition, target.meta)
      await within(CLOSE_BOUND_MS, 'close', pump.close())
      await within(CLOSE_BOUND_MS, 'a second close', pump.close())
    },
  },
  {
    name: 'closes during a start, of which nothing stays behind that would keep another from starting',
    async run(surroundings) {
      const { definition, target } = surroundings
      for (let i = 0; i < 5; i++) {
        const pump = create(definition, target.meta)
        const starting = settled(pump.start?.(never()))
        await within(CLOSE_BOUND_MS, 'close', pump.close())
        await within(CLOSE_BOUND_MS, 'the start', starting)
      }
      await withPump(surroundings, true, pump => assertDelivers(pump, target, 'after'))
    },
  },
  {
    name: 'starts after a start that was aborted',
    run: surroundings =>
      withPump(surroundings, false, async pump => {
        const reason = new Error('time is up')
        await within(ABORT_BOUND_MS, 'an aborted start', settled(pump.start?.(AbortSignal.abort(reason))))
        await pump.start?.(never())
        await assertDelivers(pump, surroundings.target, 'restarted')
      }),
  },
  {
    name: 'has everything at the target when a write resolves, batch after batch, small and large',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batches = [plainRecords('one', 1), plainRecords('many', 2_000), plainRecords('few', 3)]
        for (const [i, batch] of batches.entries()) {
          assertAllDelivered(await write(pump, batch))
          assert.deepEqual(await sortedKeys(surroundings.target), keysOf(batches.slice(0, i + 1).flat()))
        }
      }),
  },
  {
    name: 'keeps the order of a batch',
    needs: 'ordered',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = plainRecords('ordered', 1_000)
        assertAllDelivered(await write(pump, batch))
        assert.deepEqual(await surroundings.target.read(), batch.map(contractKey))
      }),
  },
  {
    name: 'takes an empty batch: nothing is delivered, nothing fails',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        assertAllDelivered(await write(pump, Object.freeze([])))
        assert.deepEqual(await surroundings.target.read(), [])
        await assertDelivers(pump, surroundings.target, 'after nothing')
      }),
  },
  {
    name: 'takes a huge batch',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = plainRecords('huge', HUGE_BATCH)
        assertAllDelivered(await write(pump, batch))
        await assertHolds(surroundings, [batch])
      }),
  },
  {
    name: 'takes writes that overlap',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batches = Array.from({ length: OVERLAPPING_WRITES }, (_, i) => plainRecords(`overlapping-${i}`, 300))
        for (const result of await Promise.all(batches.map(batch => write(pump, batch)))) assertAllDelivered(result)
        await assertHolds(surroundings, batches)
      }),
  },
  {
    name: 'writes what it prepared during another write as it would have without, and nothing that was only prepared',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const [first, second, forgotten] = ['first', 'second', 'forgotten'].map(name => plainRecords(name, 300))
        const writing = write(pump, first!)
        pump.prepare?.(forgotten!)
        pump.prepare?.(second!)
        assertAllDelivered(await writing)
        assertAllDelivered(await write(pump, second!))
        pump.prepare?.(forgotten!)
        await assertHolds(surroundings, [first!, second!])
      }),
  },
  {
    name: 'leaves the batch and its records as they are',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = hostileRecords('frozen')
        const before = serialize(batch)
        await pump.write(batch, never())
        assert.ok(serialize(batch).equals(before), 'the batch holds what it held')
      }),
  },
  {
    name: 'delivers whatever a record can hold, or rejects that record alone by its position',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = hostileRecords('hostile')
        const result = await write(pump, batch)
        assert.equal(result.retry, undefined, 'what a record holds is no reason to try again')
        const rejected = assertRejections(result, batch.length)
        for (const index of rejected) assert.doesNotMatch(contractKey(batch[index]!), /neighbour/)
        const expected = batch.filter((_, index) => !rejected.has(index))
        assert.deepEqual(await sortedKeys(surroundings.target), keysOf(expected))
      }),
  },
  {
    name: 'takes a redelivered batch: once at the target when it says it is idempotent',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batch = plainRecords('again', 50)
        const overlapping = Object.freeze([...batch.slice(40), ...plainRecords('new', 10)])
        for (const written of [batch, batch, overlapping]) assertAllDelivered(await write(pump, written))
        const found = await sortedKeys(surroundings.target)
        const expected = keysOf([...batch, ...overlapping.slice(10)])
        if (surroundings.definition.idempotent) assert.deepEqual(found, expected)
        else assert.deepEqual([...new Set(found)], expected)
      }),
  },
  {
    name: 'throws from a write whose signal has aborted, and goes on with the next',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const aborted = pump.write(plainRecords('late', 5), AbortSignal.abort(new Error('time is up')))
        await assert.rejects(within(ABORT_BOUND_MS, 'an aborted write', aborted))
        await assertDelivers(pump, surroundings.target, 'next')
      }),
  },
  {
    name: 'ends a write within 100 ms of its abort, and takes the batch again',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const batches = Array.from({ length: ABORT_ATTEMPTS }, (_, i) => plainRecords(`cut-${i}`, 1_000))
        const took: number[] = []
        for (const batch of batches) {
          const aborting = new AbortController()
          const writing = settled(pump.write(batch, aborting.signal))
          const from = performance.now()
          aborting.abort(new Error('time is up'))
          await within(ABORT_BOUND_MS, 'a write cut short', writing)
          took.push(performance.now() - from)
          assertAllDelivered(await write(pump, batch))
        }
        assert.ok(Math.min(...took) <= ABORT_MS, `aborted writes ended after ${took.map(Math.round).join(', ')} ms`)
        await assertHolds(surroundings, batches)
      }),
  },
  {
    name: 'changes nothing at the target by a check',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        await pump.check?.(never())
        assert.deepEqual(await surroundings.target.read(), [])
        await assertDelivers(pump, surroundings.target, 'checked')
        await pump.check?.(never())
      }),
  },
  {
    name: 'reopens, if it can, before its start, during a write and at rest, and loses nothing by it',
    run: surroundings =>
      withPump(surroundings, false, async pump => {
        await pump.reopen?.(never())
        await pump.start?.(never())
        const batch = plainRecords('reopened', 1_000)
        const [result] = await Promise.all([write(pump, batch), pump.reopen?.(never())])
        assertAllDelivered(result)
        await pump.reopen?.(never())
        const after = plainRecords('after', 10)
        assertAllDelivered(await write(pump, after))
        await assertHolds(surroundings, [batch, after])
      }),
  },
  {
    name: 'closes during a write, and the write ends',
    run: surroundings =>
      withPump(surroundings, true, async pump => {
        const writing = settled(pump.write(plainRecords('closing', 2_000), never()))
        await within(CLOSE_BOUND_MS, 'close', pump.close())
        await within(CLOSE_BOUND_MS, 'the write', writing)
        await within(CLOSE_BOUND_MS, 'a second close', pump.close())
      }),
  },
  {
    name: 'leaves no connection open after it closed',
    async run(surroundings) {
      const before = openSockets()
      await withPump(surroundings, true, pump => assertDelivers(pump, surroundings.target, 'socket'))
      const deadline = performance.now() + CLOSE_BOUND_MS
      while (openSockets() > before) {
        assert.ok(performance.now() < deadline, 'a socket is still open')
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    },
  },
]

function assertRefused(act: () => unknown, naming: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof Error && Reflect.get(error, 'code') === 'PH_CONFIG_INVALID', String(error))
    assert.match(error.message, naming)
    return true
  })
}

function assertDocumented(options: object, path: string): void {
  for (const [name, option] of Object.entries(options)) {
    if ('format' in option) assert.ok(String(option.doc ?? '').length > 0, `${path}.${name} has a doc`)
    else assertDocumented(option, `${path}.${name}`)
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter(name => /^(TCP|TLS)/.test(name)).length
}
