import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { structureProblems } from './check-structure.mjs'

/** @type {string[]} */
const folders = []

/** Makes a small checkout of these files and checks it. @param {Record<string, string>} files */
const check = files => {
  const folder = mkdtempSync(join(tmpdir(), 'structure-'))
  folders.push(folder)
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), source)
  }
  return structureProblems(folder)
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('the structure check', () => {
  it('has nothing to say about a tree that keeps the rules', () => {
    expect(
      check({
        'packages/record/src/index.ts': "export { id } from './record-id.ts'\n",
        'packages/record/src/record-id.ts': 'export const id = 1\n',
        'packages/queue/src/push.ts': "import { id } from '@pumphouse/record'\nexport const push = () => id\n",
        'packages/queue/src/push.server.test.ts': "import { startRedis } from '@pumphouse/testkit'\nstartRedis()\n",
        'packages/daemon/src/bin.ts': 'process.exit(0)\n',
        'packages/daemon/src/environment.ts': 'export const environment = () => process.env\n',
        'packages/daemon/test/crash.test.ts':
          "import { createReporter } from '@pumphouse/reporter'\ncreateReporter({})\n",
        'packages/reporter/package.json': '{ "exports": { "./fastify": "./dist/fastify.js" } }',
        'packages/examples/src/app.ts': "import { pumphouse } from '@pumphouse/reporter/fastify'\npumphouse()\n",
        'scripts/setup.mjs': "import './lock.mjs'\n",
      }),
    ).toEqual([])
  })

  it('finds a cycle of three files, and says it once', () => {
    const problems = check({
      'packages/record/src/a.ts': "import { b } from './b.ts'\nexport const a = b\n",
      'packages/record/src/b.ts': "export * from './inner/c.ts'\n",
      'packages/record/src/inner/c.ts': "import type { a } from '../a.ts'\nexport type C = typeof a\n",
    })
    expect(problems).toEqual([
      'packages/record/src/a.ts: import cycle: packages/record/src/a.ts → packages/record/src/b.ts → packages/record/src/inner/c.ts → packages/record/src/a.ts',
    ])
  })

  it('finds a file that imports itself, also when the import spans lines', () => {
    expect(check({ 'packages/record/src/a.ts': "import {\n  a,\n} from './a.ts'\n" })).toHaveLength(1)
  })

  it.each([
    ['record', 'queue'],
    ['options', 'queue'],
    ['queue', 'pumps'],
    ['pumps', 'queue'],
    ['reporter', 'daemon'],
    ['reporter', 'pumps'],
    ['daemon', 'reporter'],
    ['queue', 'testkit'],
    ['testkit', 'queue'],
  ])('refuses that %s imports %s', (room, target) => {
    const problems = check({ [`packages/${room}/src/a.ts`]: `import { x } from '@pumphouse/${target}'\nx()\n` })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`${room} may import`)
  })

  it('sees dynamic, type-only, side-effect and re-exporting imports', () => {
    const target = '@pumphouse/daemon'
    for (const source of [
      `const load = () => import('${target}')`,
      `import type { A } from '${target}'`,
      `import '${target}'`,
      `export * from '${target}'`,
      `const url = 'http://x'; const d = require('${target}')`,
    ])
      expect(check({ 'packages/record/src/a.ts': `${source}\n` }), source).toHaveLength(1)
  })

  it('does not take a comment for an import', () => {
    expect(
      check({ 'packages/record/src/a.ts': "// import '@pumphouse/daemon'\n/* import '@pumphouse/queue' */\n" }),
    ).toEqual([])
  })

  it('lets a test import its own package by name, and nothing else', () => {
    const source = "import '@pumphouse/queue'\n"
    expect(check({ 'packages/queue/test/a.test.ts': source })).toEqual([])
    expect(check({ 'packages/queue/src/a.ts': source })).toHaveLength(1)
  })

  it('refuses imports into the inside of another package, by name and by path', () => {
    expect(check({ 'packages/queue/src/a.ts': "import '@pumphouse/record/dist/frame.js'\n" })).toHaveLength(1)
    expect(check({ 'packages/queue/src/a.ts': "import '../../record/src/frame.ts'\n" })).toHaveLength(1)
  })

  it('refuses a file of 301 lines and takes one of 300', () => {
    expect(check({ 'packages/record/src/a.ts': 'x()\n'.repeat(300) })).toEqual([])
    expect(check({ 'packages/record/src/a.test.ts': 'x()\n'.repeat(301) })).toHaveLength(1)
  })

  it.each(['utils.ts', 'string-utils.ts', 'types.ts', 'common/text.ts', 'pool-manager.ts', 'RowBuilder.ts'])(
    'refuses the name %s',
    name => {
      expect(check({ [`packages/record/src/${name}`]: 'export const a = 1\n' })).toHaveLength(1)
    },
  )

  it('refuses a second file that reads the environment, in either spelling, but not a test', () => {
    const first = { 'packages/daemon/src/environment.ts': 'export const a = process.env\n' }
    expect(check({ ...first, 'packages/daemon/src/run.ts': 'export const b = process.env.X\n' })).toHaveLength(2)
    expect(check({ ...first, 'packages/daemon/src/run.ts': 'const { env } = process\n' })).toHaveLength(2)
    expect(check({ ...first, 'packages/daemon/src/run.test.ts': 'process.env.X\n' })).toEqual([])
  })

  it('refuses process.exit outside the bin, a default export, and a relative import without .ts', () => {
    expect(check({ 'packages/daemon/src/run.ts': 'process.exit(1)\n' })).toHaveLength(1)
    expect(check({ 'packages/daemon/src/run.ts': 'export default 1\n' })).toHaveLength(1)
    expect(check({ 'packages/daemon/src/run.ts': "import './pipeline.js'\n" })).toHaveLength(1)
  })

  it('refuses a room it does not know', () => {
    expect(check({ 'packages/attic/src/a.ts': 'export const a = 1\n' })).toHaveLength(1)
  })
})
