/** Whatever the record: a secret that is planted where the defaults or a rule must find it is nowhere in what comes out, and what is beside it is. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFrame } from '../codec/decode-frame.ts'
import { encodeFrame } from '../codec/encode-frame.ts'
import { createRowBuilder } from '../codec/rows.ts'
import { createRecordIdSource } from '../record-id.ts'
import { createRedactor } from './redactor.ts'

const SECRET = 'planted9secret'
const KEPT = 'kept-beside-it'

const secretName = fc.constantFrom(
  'password',
  'Pass-Word',
  'user_password',
  'clientSecret',
  'ACCESS_TOKEN',
  'x-api-key',
  'Cookie',
  'set-cookie',
)
const name = fc.constantFrom('a', 'b', 'body', 'items', 'user', 'x.y', '0')

/** Ways in which a secret can stand in a text. */
const text = fc
  .tuple(
    secretName,
    fc.constantFrom(
      (key: string) => `/p?kept=${KEPT}&${key}=${SECRET}`,
      (key: string) => `${key}=${SECRET}&kept=${KEPT}`,
      (key: string) => JSON.stringify({ kept: KEPT, [key]: SECRET }),
      (key: string) => JSON.stringify({ kept: KEPT, deep: [{ [key]: { more: [SECRET] } }] }, null, 2),
      (key: string) => JSON.stringify({ kept: KEPT, [key]: `${SECRET}"\\` }).slice(0, -3),
      (key: string) => JSON.stringify({ kept: KEPT, inner: JSON.stringify({ [key]: SECRET }) }),
      (key: string) => `POST / HTTP/1.1\r\nX-Kept: ${KEPT}\r\n${key}: ${SECRET}\r\n\r\n`,
      (key: string) => `<r><kept>${KEPT}</kept><${key}>${SECRET}</${key}></r>`,
      (key: string) => `/p?kept=${KEPT}&data=${encodeURIComponent(JSON.stringify({ [key]: SECRET }))}`,
      () => `${KEPT} Bearer ${SECRET}`,
      () => `redis://${KEPT}:${SECRET}@127.0.0.1/`,
    ),
  )
  .map(([key, write]) => write(key))

/** Values that hold the secret, in containers of containers. */
const planted: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  value: fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 1, arbitrary: text.map(value => Uint8Array.from(Buffer.from(value))) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(secretName, fc.constantFrom<unknown>(SECRET, [SECRET], { deep: SECRET }))
        .map(([key, value]) => ({ kept: KEPT, [key]: value })),
    },
    { weight: 2, arbitrary: fc.tuple(name, tie('value')).map(([key, value]) => ({ [key]: value })) },
    { weight: 2, arbitrary: fc.array(tie('value'), { minLength: 1, maxLength: 3 }) },
  ),
})).value

test('no planted secret comes out of a frame, and what stands beside it does', () => {
  const ids = createRecordIdSource()
  const redactor = createRedactor({})!
  fc.assert(
    fc.property(name, planted, (key, value) => {
      const builder = createRowBuilder()
      builder.add({ [key]: value, statusCode: 200 })
      const batch = redactor.batch(builder.take())
      const counters = { created: 1, sampledOut: 0, dropped: {}, spooled: 0, altered: {} }
      const producer = { service: 's', instance: 'i', lane: 'l', sequence: 1, counters }
      const bytes = encodeFrame(ids.allocate(1), producer, batch, { compress: false })
      expect(Buffer.from(bytes).includes(SECRET)).toBe(false)
      expect(Buffer.from(bytes).includes(KEPT)).toBe(true)
      expect(decodeFrame(bytes).records[0]?.statusCode).toBe(200)
      expect(redactor.counts.failed).toBe(0)
    }),
    { numRuns: 2_000 },
  )
})

test('redacting what is redacted changes nothing', () => {
  const redactor = createRedactor({})!
  fc.assert(
    fc.property(name, planted, (key, value) => {
      const once = redactor.record({ [key]: value })
      expect(redactor.record(once)).toEqual(once)
    }),
  )
})
