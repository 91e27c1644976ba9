import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { openMsgpack } from './msgpack-reader.ts'
import { createMsgpackWriter } from './msgpack-writer.ts'
import { recordMaker } from './record-shape.ts'

const MANY = 1000

function valuesOf(...values: unknown[]) {
  const writer = createMsgpackWriter(100)
  writer.reset(1e6)
  for (const value of values) writer.value(value)
  return openMsgpack(new Uint8Array(writer.written()), 1e6)
}

function hasFastProperties(value: object): boolean {
  setFlagsFromString('--allow-natives-syntax')
  return runInNewContext('value => %HasFastProperties(value)')(value)
}

describe('a record maker', () => {
  test.each([1, MANY])('makes the same of a row whether it expects %d records or another number', expected => {
    const columns = ['b', 'id', 'a', '__proto__', 'b', `"'\\\n\u2028\ud800`, '7', 'constructor', '']
    const make = recordMaker(columns, expected)
    const record = make(valuesOf(1, 'mine', [2], {}, 3, 4, 5, 6, 7), 'given')
    expect(record).toStrictEqual({
      id: 'given',
      b: 3,
      a: [2],
      [`"'\\\n\u2028\ud800`]: 4,
      '7': 5,
      constructor: 6,
      '': 7,
    })
    expect(Object.isFrozen(record)).toBe(true)
  })

  test('gives records of many fields fast properties', () => {
    const columns = Array.from({ length: 100 }, (_, i) => `wide ${i}`)
    const record = recordMaker(columns, MANY)(valuesOf(...columns), 'x')
    expect(Object.keys(record)).toHaveLength(101)
    expect(hasFastProperties(record)).toBe(true)
  })

  test('compiles a shape that keeps coming in small frames', () => {
    const columns = Array.from({ length: 60 }, (_, i) => `small ${i}`)
    const make = () => recordMaker(columns, 1)(valuesOf(...columns), 'x')
    expect(hasFastProperties(make())).toBe(false)
    for (let frame = 0; frame < 40; frame++) make()
    expect(hasFastProperties(make())).toBe(true)
  })

  test('forgets shapes instead of gathering them for ever', () => {
    for (let i = 0; i < 2000; i++) {
      expect(recordMaker([`once ${i}`], 1)(valuesOf(i), 'x')).toEqual({ id: 'x', [`once ${i}`]: i })
    }
  })

  test('works where compiling from strings is forbidden', () => {
    const { Function: compile } = globalThis
    try {
      globalThis.Function = class {
        constructor() {
          throw new EvalError('Code generation from strings disallowed for this context')
        }
      } as unknown as FunctionConstructor
      expect(recordMaker(['forbidden'], MANY)(valuesOf(1), 'x')).toEqual({ id: 'x', forbidden: 1 })
    } finally {
      globalThis.Function = compile
    }
  })
})
