/** Users, rights and certificates, on an Elasticsearch that asks for all three. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Certificates,
  makeCertificates,
  type RunningServer,
  sharedServer,
  startElasticsearch,
  until,
} from '@pumphouse/testkit'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { noLimit, openPump } from '../../test/open-pump.ts'
import { outcomeOf, SEARCH_TEST_TIMEOUT_MS } from '../../test/search-target.ts'
import { withIds } from '../../test/with-ids.ts'
import { elasticsearch } from '../elasticsearch.ts'
import { opensearch } from '../opensearch.ts'

vi.setConfig({ testTimeout: SEARCH_TEST_TIMEOUT_MS })

const WRITER = { username: 'pump', password: 'pump-pass-1' }
const folder = mkdtempSync(join(tmpdir(), 'pumphouse-certificates-'))
let certificates: Certificates | undefined

async function startSecured(): Promise<RunningServer> {
  certificates = await makeCertificates(folder)
  const users = [
    { name: WRITER.username, password: WRITER.password, role: 'writer' },
    { name: 'reader', password: 'reader-pass-1', role: 'monitor' },
    { name: 'leaver', password: 'leaver-pass-1', role: 'writer' },
  ] as const
  return startElasticsearch('9.2.0', { security: { users, tls: certificates } })
}

const server = sharedServer(startSecured)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function secured(skip: (reason: string) => never) {
  const running = await server.orSkip(skip)
  const { ca, client } = certificates!
  return { running, certificates: certificates!, meta: { nodes: [running.url], tls: { ca, ...client }, ...WRITER } }
}

const saying = (words: RegExp) => ({ code: 'PH_PUMP_RETRYABLE', message: expect.stringMatching(words) })

test('a user who may only write installs the template, writes, and check agrees', async ctx => {
  const { meta } = await secured(ctx.skip)
  const pump = openPump(elasticsearch, meta)
  await pump.start?.(noLimit())
  await pump.check?.(noLimit())
  const batch = withIds({ n: 1 })
  for (let time = 0; time < 2; time++) expect(await outcomeOf(pump, batch)).toEqual({ rejected: [] })
})

test.for([
  ['a wrong password', { username: 'pump', password: 'wrong' }],
  ['an API key nobody gave out', { username: undefined, password: undefined, apiKey: 'bm86c3VjaA==' }],
  ['a token nobody gave out', { username: undefined, password: undefined, bearer: 'AAEAAWVs' }],
  ['no credentials', { username: undefined, password: undefined }],
] as const)('%s is said in words that show no secret, and records wait', async ([, credentials], ctx) => {
  const { meta } = await secured(ctx.skip)
  const given = Object.entries({ ...meta, ...credentials }).filter(([, value]) => value !== undefined)
  const pump = openPump(elasticsearch, Object.fromEntries(given))
  const error = await pump.check?.(noLimit()).catch((thrown: Error) => thrown)
  expect(error).toMatchObject(saying(/answers 401, it does not accept the credentials/))
  for (const secret of ['wrong', 'bm86c3VjaA==', 'AAEAAWVs']) expect(String(error)).not.toContain(secret)
  expect(await outcomeOf(pump, withIds({ n: 1 }))).toMatchObject({ rejected: [], retry: { indexes: [0] } })
})

test('a user without rights: check names what is missing, the start names the template, records wait', async ctx => {
  const { meta } = await secured(ctx.skip)
  const reader = { ...meta, username: 'reader', password: 'reader-pass-1', template: { name: 'not-there-yet' } }
  const pump = openPump(elasticsearch, reader)
  await expect(pump.check?.(noLimit())).rejects.toMatchObject(
    saying(/lacks the right create_doc, create_index on requests/),
  )
  await expect(pump.start?.(noLimit())).rejects.toMatchObject(saying(/index template not-there-yet.*answers 403/))
  const result = await outcomeOf(pump, withIds({ n: 1 }))
  expect(result).toMatchObject({ rejected: [], retry: { indexes: [0] } })
  expect(result?.retry?.error.message).toMatch(/security_exception/)
})

test('rights taken away while it runs: records wait, and arrive when they are given back', async ctx => {
  const { meta, running } = await secured(ctx.skip)
  const users = join(running.folder, 'config', 'users')
  const before = readFileSync(users, 'utf8')
  const pump = openPump(elasticsearch, { ...meta, username: 'leaver', password: 'leaver-pass-1' })
  await pump.start?.(noLimit())
  await outcomeOf(pump, withIds({ n: 1 }))
  writeFileSync(users, before.replace(/^leaver:.*\n/m, ''))
  const batch = withIds({ n: 2 })
  const refused = await until(
    'the server has noticed',
    async () => {
      const result = await outcomeOf(pump, withIds({ n: 3 }))
      return result?.retry
    },
    60_000,
  )
  expect(refused.error.message).toMatch(/401/)
  expect(await outcomeOf(pump, batch)).toMatchObject({ rejected: [], retry: { indexes: [0] } })
  writeFileSync(users, before)
  await until(
    'the server has noticed',
    async () => {
      const result = await outcomeOf(pump, batch)
      return result?.retry === undefined
    },
    60_000,
  )
})

test('certificates that do not fit are said in words: an unknown authority, none of ours, a file that is missing', async ctx => {
  const { meta } = await secured(ctx.skip)
  const { ca, cert, key } = meta.tls
  const checking = (tls: object) => openPump(elasticsearch, { ...meta, tls }).check?.(noLimit())
  await expect(checking({ cert, key })).rejects.toMatchObject(saying(/authority.*tls\.ca/))
  await expect(checking({ ca })).rejects.toMatchObject(saying(/certificate.*tls\.cert/))
  await expect(checking({ ca: '/no/such.pem' })).rejects.toMatchObject(
    saying(/tls\.ca: \/no\/such\.pem cannot be read \(ENOENT\)/),
  )
})

// No OpenSearch of these tests speaks TLS; what is between the pump and its nodes is the same code, and the certificate is refused before either says a word.
test.for([elasticsearch, opensearch])('an expired certificate is said in words ($type)', async (definition, ctx) => {
  const { certificates } = await secured(ctx.skip)
  const { cert, key } = certificates.expired
  const https = createServer({ cert: readFileSync(cert), key: readFileSync(key) })
  await new Promise<void>(resolve => https.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void https.close())
  const nodes = [`https://127.0.0.1:${(https.address() as AddressInfo).port}`]
  const pump = openPump(definition, { nodes, tls: { ca: certificates.ca } })
  await expect(pump.check?.(noLimit())).rejects.toMatchObject(saying(/has expired/))
  const result = await outcomeOf(pump, withIds({ n: 1 }))
  expect(result).toMatchObject({ rejected: [], retry: { indexes: [0] } })
  expect(result.retry?.error.message).toMatch(/has expired/)
})
