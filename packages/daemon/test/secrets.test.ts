/**
 * A secret is planted in every option that is declared to be one, of every pump type there is, and looked for in everything that comes out: the
 * commands, the log, health, dead letters, what is said of an edit. The targets do their worst: they quote every request in their errors.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isField, type OptionSchema } from '@pumphouse/options'
import { builtInPumps } from '@pumphouse/pumps'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createDaemonFolder, type DaemonFolder, type RunningCommand } from './daemon-command.ts'
import { createTestSet } from './test-set.ts'

const redisServer = sharedServer(() => startRedis(['--requirepass', PASSWORD]))
afterAll(() => redisServer.stop())

/** What is looked for. Each planted value holds it. */
const MARK = 'hunter'
const PASSWORD = `${MARK}2-of-redis`

/** Paths of the options of a schema that are declared to be secrets. */
function secretPaths(options: OptionSchema, at = ''): readonly string[] {
  return Object.entries(options).flatMap(([name, node]) => {
    if (!isField(node)) return secretPaths(node as OptionSchema, `${at}${name}.`)
    return node.sensitive === true ? [`${at}${name}`] : []
  })
}

/** A value for the secret option of a type that its schema takes; `round` makes another one. */
function planted(type: string, path: string, quoting: number, round: number): unknown {
  const secret = `${MARK}${round}-${type}-${path}`
  if (path === 'headers') return { authorization: `Bearer ${secret}` }
  if (path !== 'url') return secret
  if (type === 'mongo') return `mongodb://u:${secret}@127.0.0.1:1/a?serverSelectionTimeoutMS=200`
  return `http://127.0.0.1:${quoting}/${secret}?token=${secret}`
}

/** What a pump of the type needs beside the secret. */
function besides(type: string, path: string, quoting: number): Record<string, unknown> {
  const address = `http://127.0.0.1:${quoting}`
  if (type === 'http') return path === 'url' ? {} : { url: `${address}/hook` }
  if (type !== 'elasticsearch' && type !== 'opensearch') return {}
  return { nodes: [address], ...(path === 'password' && { username: 'u' }) }
}

interface Planted {
  readonly name: string
  readonly type: string
  readonly meta: Record<string, unknown>
}

/** One pump for each secret option of each type. */
function plant(quoting: number, round: number): readonly Planted[] {
  return builtInPumps.flatMap(({ type, options }) =>
    secretPaths(options).map(path => {
      const secret = planted(type, path, quoting, round)
      const nested = path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), secret)
      const meta = { ...besides(type, path, quoting), ...(nested as object) }
      return { name: `${type}-${path.replaceAll('.', '-')}`, type, meta }
    }),
  )
}

/** A server that quotes headers, path and body of every request, in the forms that errors have. */
async function startQuoting(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const quoted = `${request.url} ${JSON.stringify(request.headers)}`
      const error = { type: 'quoted_exception', reason: quoted }
      response.writeHead(400, { 'content-type': 'application/json', location: `http://elsewhere${request.url}` })
      response.end(JSON.stringify({ error, quoted }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** JSON is YAML. */
function configure(
  folder: DaemonFolder,
  redis: { url: string },
  set: string,
  pumps: readonly Planted[],
  more = '',
): void {
  const lines = pumps.map(({ name, type, meta }) => `  ${name}: ${JSON.stringify({ type, meta, redact: REDACT })}`)
  folder.configure(`
redis: { url: "${redis.url}", password: "${PASSWORD}" }
analytics: { name: ${set} }
purgeDelay: 50ms
timeout: 2s
batch: { maxAge: 50ms }
retry: { initial: 10ms, max: 50ms, deadline: 1s }
breaker: { failures: 0 }
health: { port: 0 }
log: { level: debug }
pumps:
${lines.join('\n')}
${more}`)
}

const REDACT = { hash: ['username'], hashKeyFile: './hash.key' }

async function outputOf(command: RunningCommand): Promise<string> {
  await command.exitCode()
  return command.stdout() + command.stderr()
}

/** How the secret stands in an HTTP header of basic authentication is looked for as well. */
function expectNoSecret(what: string, text: string): void {
  expect(text, `${what} says something`).not.toBe('')
  expect(text, what).not.toContain(MARK)
  const basic = Buffer.from(`u:${MARK}`).toString('base64').slice(0, -2)
  expect(text, what).not.toContain(basic)
}

test('no secret of any option of any pump is in what commands, log, health, dead letters or errors say', async ctx => {
  const redis = await redisServer.orSkip(ctx.skip)
  const address = new URL(redis.url)
  address.password = PASSWORD
  const set = await createTestSet(address.href)
  onTestFinished(() => set.close())
  const quoting = await startQuoting()
  const folder = createDaemonFolder()
  onTestFinished(() => folder.remove())
  writeFileSync(join(folder.path, 'hash.key'), `${MARK}2-key-of-hashes`)
  const pumps = plant(quoting, 2)
  // Two of http, three each of the search pumps, one of mongo at the least: that the declarations were found at all.
  expect(pumps.length).toBeGreaterThanOrEqual(10)
  configure(folder, redis, set.name, pumps)

  for (const args of [['validate'], ['validate', '--check'], ['print-config'], ['print-config', '--json']]) {
    expectNoSecret(args.join(' '), await outputOf(folder.start(...args)))
  }

  const daemon = folder.start('run')
  const { health } = await daemon.logged('pumphouse runs')
  const healthz = async (): Promise<string> => await (await fetch(`${health}/healthz`)).text()
  await set.push(4)
  await until('each pump has failed, and gave its records up', async () => {
    const accounts = await Promise.all(pumps.map(({ name }) => set.status(name).catch(() => undefined)))
    const { pumps: states } = JSON.parse(await healthz()) as { pumps: Record<string, { lastError?: string }> }
    return pumps.every(({ name }, i) => states[name]?.lastError !== undefined || accounts[i]?.deadLettered === 4)
  })
  expectNoSecret('health', await healthz())
  expectNoSecret('status', await outputOf(folder.start('status')))
  await until('there are dead letters', async () => (await set.deadLetters()).length > 0)
  expectNoSecret('dead-letters list', await outputOf(folder.start('dead-letters', 'list')))
  expectNoSecret('dead-letters list --json', await outputOf(folder.start('dead-letters', 'list', '--json')))
  expectNoSecret('the dead letters', (await set.deadLetters()).map(letter => JSON.stringify(letter, texts)).join('\n'))

  // Every secret is another one now.
  configure(folder, redis, set.name, plant(quoting, 3))
  const { changes } = await daemon.logged('the file was read again')
  expect((changes as string[]).length).toBeGreaterThanOrEqual(pumps.length)

  // A secret where something else belongs, and something else where a secret belongs.
  const wrong = pumps.map(({ name, type, meta }) => {
    const misplaced = Object.fromEntries(Object.keys(meta).map(key => [key, [{ [`${MARK}2`]: `${MARK}2` }]]))
    return { name, type, meta: misplaced }
  })
  configure(folder, redis, set.name, wrong)
  await daemon.logged('the file is invalid; the configuration stays as it is')
  expectNoSecret('health with an invalid edit', await healthz())
  expectNoSecret('validate of what is invalid', await outputOf(folder.start('validate')))
  configure(folder, redis, set.name, pumps, `  broken: { type: mongo, meta: { url: "mongodb://u:${MARK}2@db/a"\n`)
  expectNoSecret('validate of what is no YAML', await outputOf(folder.start('validate')))

  daemon.process.kill('SIGTERM')
  await daemon.exitCode()
  expectNoSecret('the log', daemon.stderr())
})

function texts(_: string, value: unknown): unknown {
  const bytes = value as { readonly type?: string; readonly data?: readonly number[] } | null
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data ?? []).toString('latin1') : value
}
