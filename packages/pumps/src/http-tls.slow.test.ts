import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificates, makeCertificates, ServerUnavailable } from '@pumphouse/testkit'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { noLimit, openPump } from '../test/open-pump.ts'
import { startWebhook } from '../test/webhook.ts'
import { withIds } from '../test/with-ids.ts'
import { http } from './http.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-http-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))
let making: Promise<Certificates> | undefined
let certificates: Certificates
beforeEach(async ctx => {
  making ??= makeCertificates(folder)
  try {
    certificates = await making
  } catch (error) {
    if (error instanceof ServerUnavailable) ctx.skip(error.message)
    throw error
  }
})
const files = ({ cert, key }: { cert: string; key: string }) => ({ cert: readFileSync(cert), key: readFileSync(key) })

test('speaks https by the authority that is named, and not to one nobody vouches for', async () => {
  const webhook = await startWebhook(undefined, files(certificates.server))
  const pump = openPump(http, { url: webhook.url, tls: { ca: certificates.ca } })
  await pump.start?.(noLimit())
  await pump.write(withIds({ n: 1 }), noLimit())
  expect(webhook.records()).toMatchObject([{ n: 1 }])
  const wary = openPump(http, { url: webhook.url })
  await expect(wary.check?.(noLimit())).rejects.toThrow('name that one in tls.ca')
})

test('an expired certificate is said', async () => {
  const webhook = await startWebhook(undefined, files(certificates.expired))
  const pump = openPump(http, { url: webhook.url, tls: { ca: certificates.ca } })
  await expect(pump.write(withIds({ n: 1 }), noLimit())).rejects.toThrow('its certificate has expired')
})

test('shows a certificate of its own to a server that asks for one', async () => {
  const asking = { ...files(certificates.server), ca: readFileSync(certificates.ca), requestCert: true }
  const webhook = await startWebhook(undefined, { ...asking, rejectUnauthorized: true })
  const { cert, key } = certificates.client
  const pump = openPump(http, { url: webhook.url, tls: { ca: certificates.ca, cert, key } })
  await pump.write(withIds({ n: 1 }), noLimit())
  expect(webhook.records()).toMatchObject([{ n: 1 }])
  const nameless = openPump(http, { url: webhook.url, tls: { ca: certificates.ca } })
  await expect(nameless.write(withIds({ n: 2 }), noLimit())).rejects.toMatchObject({ code: 'PH_PUMP_RETRYABLE' })
})

test('a file that is missing is said by the name of its option, and may come later', async () => {
  const pump = openPump(http, { url: 'https://127.0.0.1:1/', tls: { ca: join(folder, 'none.pem') } })
  await expect(pump.start?.(noLimit())).rejects.toThrow(`tls.ca: ${join(folder, 'none.pem')} cannot be read (ENOENT)`)
})
