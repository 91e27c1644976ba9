import type { Duplex } from 'node:stream'
import { apply } from './apply.ts'

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/
/** As long as the part of a status line that is looked at. */
const STATUS_LINE_LENGTH = 12

/**
 * The status in the first bytes that somebody writes to the socket of a request that has no response object; undefined while nobody did. `write`
 * and `end` are passed through once with exactly what they are given, and are themselves again from then on. `onFirstBytes` is called
 * before those bytes are written.
 */
export function answeredStatus(
  socket: Duplex,
  onFirstBytes: (status: number | undefined) => void = () => undefined,
): () => number | undefined {
  let status: number | undefined
  const shadowed = [shadow('write'), shadow('end')]

  function shadow(name: 'write' | 'end'): () => void {
    const own = Object.getOwnPropertyDescriptor(socket, name)
    const original = socket[name]
    const passing = function (this: unknown, ...args: unknown[]): unknown {
      const [chunk] = args
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) look(chunk)
      return apply(original, this, args)
    }
    Object.defineProperty(socket, name, { value: passing, configurable: true, writable: true, enumerable: false })
    return () => {
      // Who put a wrapper of their own around this one keeps it, and passes through here for good.
      if (socket[name] !== passing) return
      if (own === undefined) Reflect.deleteProperty(socket, name)
      else Object.defineProperty(socket, name, own)
    }
  }

  function look(chunk: string | Uint8Array): void {
    if (shadowed.length === 0) return
    for (const restore of shadowed.splice(0)) restore()
    const start =
      typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, STATUS_LINE_LENGTH)).toString('latin1')
    const [, digits] = STATUS_LINE.exec(start) ?? []
    if (digits !== undefined) status = Number(digits)
    onFirstBytes(status)
  }

  return () => status
}
