import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { openMsgpack, readValue } from './msgpack-reader.ts'
import { recordMaker } from './record-maker.ts'

function valuesOf(...values: unknown[]) {
  return openMsgpack(Buffer.concat(values.map(value => encode(value))), 1e6)
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `name ${i}`)
}

function hasFastProperties(value: object): boolean {
  setFlagsFromString('--allow-natives-syntax')
  return runInNewContext('value => %HasFastProperties(value)')(value)
}

const odd = [
  'b',
  'id',
  'a',
  '__proto__',
  'b',
  `"'\\\n\u2028\ud800`,
  '7',
  'constructor',
  '',
  'toString',
  '}); throw 1; ({',
]

describe('a record maker', () => {
  test.each([0, 4, 50, 300])('makes a frozen plain record of any names, and of %d more', more => {
    const names = namesOf(more)
    const record = recordMaker([...odd, ...names], readValue)(
      valuesOf(1, 'mine', [2], {}, 3, 4, 5, 6, 7, 8, 9, ...names),
      'given',
    )
    expect(record).toStrictEqual({
      id: 'given',
      b: 3,
      a: [2],
      [`"'\\\n\u2028\ud800`]: 4,
      '7': 5,
      constructor: 6,
      '': 7,
      toString: 8,
      '}); throw 1; ({': 9,
      ...Object.fromEntries(names.map(name => [name, name])),
    })
    expect(Object.isFrozen(record)).toBe(true)
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
  })

  test.each([0, 1, 14, 15, 23, 24, 100])('makes a record of %d columns that is like one written by hand', count => {
    const names = namesOf(count)
    const make = recordMaker(names, readValue)
    for (let i = 0; i < 20; i++) {
      const record = make(valuesOf(...names), `${i}`)
      expect(record).toStrictEqual({ id: `${i}`, ...Object.fromEntries(names.map(name => [name, name])) })
      expect(Object.keys(record)).toEqual(['id', ...names])
      expect(record.constructor).toBe(Object)
    }
  })

  test('gives records of up to 51 fields fast properties, far beyond what adding to a literal does', () => {
    const columns = namesOf(50)
    expect(hasFastProperties(recordMaker(columns, readValue)(valuesOf(...columns), 'x'))).toBe(true)
    const literal: Record<string, unknown> = { id: 'x' }
    for (const column of columns) literal[column] = column
    expect(hasFastProperties(literal)).toBe(false)
  })

  test.each([5, 50])('compiles nothing for %d columns', count => {
    const { Function: compile } = globalThis
    let compiled = 0
    try {
      globalThis.Function = class {
        constructor() {
          compiled++
        }
      } as unknown as FunctionConstructor
      const columns = namesOf(count)
      for (let i = 0; i < 100; i++) recordMaker(columns, readValue)(valuesOf(...columns), 'x')
    } finally {
      globalThis.Function = compile
    }
    expect(compiled).toBe(0)
  })
})
