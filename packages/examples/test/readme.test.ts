/** What README.md shows is run as it is written; only the address of Redis is another. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedServer, startRedis, until } from '@pumphouse/testkit'
import { afterAll, expect, test } from 'vitest'

const repository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const README = readFileSync(repository('README.md'), 'utf8')
const PACKAGE = JSON.parse(readFileSync(repository('package.json'), 'utf8'))
const REDIS_URL = 'redis://127.0.0.1:6379'

const redisServer = sharedServer(startRedis)
afterAll(() => redisServer.stop())

/** A project that has everything installed. */
const folder = mkdtempSync(join(tmpdir(), 'pumphouse-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
symlinkSync(repository('packages/examples/node_modules'), join(folder, 'node_modules'))

function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code as string)
}

/** The application that README takes for granted, by the adapter that a block imports. */
const surroundings: Readonly<Record<string, { readonly before: string; readonly after: string }>> = {
  fastify: {
    before: `import Fastify from 'fastify'\nconst app = Fastify()`,
    after: `app.get('/', async () => 'ok')\nawait fetch(await app.listen({ port: 0 }))\nawait app.close()`,
  },
  express: {
    before: `import express from 'express'\nconst app = express()`,
    after: `app.get('/', (_, response) => response.send('ok'))
      const server = app.listen(0, '127.0.0.1', async () => {
        await fetch(\`http://127.0.0.1:\${server.address().port}\`)
        server.close()
        server.closeAllConnections()
      })`,
  },
  http: {
    before: `import { createServer } from 'node:http'\nconst server = createServer((_, response) => response.end('ok'))`,
    after: `server.listen(0, '127.0.0.1', async () => {
        await fetch(\`http://127.0.0.1:\${server.address().port}\`)
        server.close()
        server.closeAllConnections()
        await reporter.close()
      })`,
  },
  'by hand': { before: '', after: '' },
}

interface Started {
  readonly output: () => string
  readonly exitCode: () => Promise<number>
  readonly stop: () => void
}

function start(program: string, args: readonly string[], redisUrl: string): Started {
  const env = { PATH: process.env['PATH'], PUMPHOUSE_REDIS_URL: redisUrl, PUMPHOUSE_HEALTH_PORT: '0' }
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const closed = once(child, 'close')
  return { output: () => output, exitCode: async () => (await closed)[0], stop: () => child.kill('SIGTERM') }
}

/** Runs a program to its end. */
async function run(program: string, args: readonly string[], redisUrl: string): Promise<string> {
  const started = start(program, args, redisUrl)
  expect(await started.exitCode(), `${program} ${args.join(' ')}: ${started.output()}`).toBe(0)
  return started.output()
}

const PUMPHOUSE = repository('packages/daemon/bin/pumphouse.js')

/** The arguments of `npx pumphouse …` as the block of commands shows them, by the command. */
const commands = new Map(
  [...README.matchAll(/^npx pumphouse (.*?) *(?:#.*)?$/gm)].map(([, line]) => {
    const args = (line as string).split(' ')
    return [args[0] as string, args]
  }),
)

test('every application records, and the commands bring its records to the pump of the smallest YAML', async ({
  skip,
}) => {
  const { url } = await redisServer.orSkip(skip)
  const snippets = blocks('ts')
  const adapters = snippets.map(code => /@pumphouse\/reporter\/(\w+)'/.exec(code)?.[1] ?? 'by hand')
  expect(adapters).toEqual(Object.keys(surroundings))
  for (const [index, code] of snippets.entries()) {
    const { before, after } = surroundings[adapters[index] as string]!
    const program = join(folder, `snippet-${index}.mjs`)
    expect(code).toContain(REDIS_URL)
    writeFileSync(program, `${before}\n${code.replace(REDIS_URL, url)}\n${after}\n`)
    await run(program, [], url)
  }

  writeFileSync(join(folder, 'pump.yaml'), blocks('yaml')[0] as string)
  expect([...commands.keys()]).toEqual(['validate', 'run', 'status', 'dead-letters'])
  await run(PUMPHOUSE, commands.get('validate') as string[], url)
  const daemon = start(PUMPHOUSE, commands.get('run') as string[], url)
  const paths = (): string[] => [...daemon.output().matchAll(/"path":"([^"]*)"/g)].map(([, path]) => path as string)
  await until('a line of each application', () => paths().length === snippets.length, 30_000)
  expect(paths().sort()).toEqual(['/', '/', '/', '/orders'])
  const status = await run(PUMPHOUSE, commands.get('status') as string[], url)
  expect(status).toMatch(/console +4 /)
  await run(PUMPHOUSE, commands.get('dead-letters') as string[], url)
  daemon.stop()
  expect(await daemon.exitCode(), daemon.output()).toBe(0)
})

test('the larger YAML is valid', async ({ skip }) => {
  const { url } = await redisServer.orSkip(skip)
  writeFileSync(join(folder, 'larger.yaml'), blocks('yaml')[1] as string)
  expect(await run(PUMPHOUSE, ['validate', '-c', 'larger.yaml'], url)).toContain('audit')
})

test('the commands of npm exist', () => {
  const scripts = [...README.matchAll(/npm (?:run )?([\w:]+) +(?:#|--|\n|`)/g)].map(([, name]) => name as string)
  expect(scripts).toContain('demo')
  for (const name of scripts) expect(Object.keys(PACKAGE.scripts), name).toContain(name)
})
