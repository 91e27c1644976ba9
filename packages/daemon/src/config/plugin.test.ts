import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { importPlugin } from './plugin.ts'
import { findPumpType } from './pump-type.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-plugin-'))

const GOOD = `{ contract: 1, type: 'mine', summary: 'Mine.', idempotent: true, options: {}, create: () => ({}) }`
const without = (...more: string[]): string => `export const pump = { ...${GOOD}, ${more.join(', ')} }`

let count = 0
function written(source: string, path = `plugin-${count++}.mjs`): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, source)
  return file
}

test.each([
  ['exported as pump', `export const pump = ${GOOD}`],
  ['exported as default', `export default ${GOOD}`],
  ['without a contract of its own', without('contract: undefined')],
  ['with options in a section', without(`options: { tls: { ca: { doc: 'x', format: 'string', default: null } } }`)],
])('a definition %s is found', async (_, source) => {
  expect(await importPlugin(written(source))).toMatchObject({ type: 'mine' })
})

test.each([
  ['throw new Error("no license\\nsecond line")', /^which cannot be loaded: no license$/],
  ['throw undefined', /^which cannot be loaded: /],
  ['import "./not-there.mjs"', /^which cannot be loaded: Cannot find module/],
  ['this is no JavaScript', /^which cannot be loaded: /],
  ['export const pumps = 1', /^which exports no `pump`$/],
  ['export const pump = null', /^which exports no `pump`$/],
  ['export const pump = () => {}', /^whose `pump` is a function$/],
  [without('contract: 2'), /^which keeps version 2 of the contract of a pump; this daemon knows version 1$/],
  [without('contract: "1"'), /version 1 of the contract/],
  [without('type: 5', 'create: undefined'), /: `type` is no text, `create` is no function$/],
  [without('summary: ""'), /`summary` is no text/],
  [without('idempotent: "yes"'), /`idempotent` is neither true nor false/],
  [without('notIdempotentIn: true'), /`notIdempotentIn` is no text/],
  [without('validate: true'), /`validate` is no function/],
  [without('options: undefined'), /`options` is no mapping/],
  [without('options: { url: "string" }'), /`options\.url` is no mapping/],
  [without(`options: { url: { format: 'string', default: null } }`), /`options\.url` has no doc/],
  [without(`options: { url: { doc: 'x', format: 'uri', default: null } }`), /`options\.url\.format` is none of string/],
  [without(`options: { url: { doc: 'x', format: [], default: null } }`), /nor a list of words/],
  [without(`options: { url: { doc: 'x', format: 'string' } }`), /`options\.url` has no default/],
])('%s is refused in words', async (source, words) => {
  const found = await importPlugin(written(source))
  expect(found).toEqual(expect.stringMatching(words))
})

test('a file that was changed is read again, one that was not is the same definition', async () => {
  const file = written('throw new Error("not yet")', 'changing.mjs')
  utimesSync(file, 1, 1)
  expect(await importPlugin(file)).toMatch(/not yet/)
  writeFileSync(file, `export const pump = ${GOOD}`)
  utimesSync(file, 2, 2)
  const first = await importPlugin(file)
  expect(first).toMatchObject({ type: 'mine' })
  expect(await importPlugin(file)).toBe(first)
})

test.each([
  ['./own.mjs', 'own.mjs'],
  ['in-a-file', 'pumps/in-a-file.js'],
  ['as-module', 'pumps/as-module.mjs'],
  ['in-a-folder', 'pumps/in-a-folder/index.js'],
  ['in-the-second', 'more/in-the-second.js'],
  ['installed', 'node_modules/installed/index.js'],
  ['@scope/installed', 'node_modules/@scope/installed/index.js'],
])('type: %s is found in %s', async (type, path) => {
  written('{ "type": "module" }', 'package.json')
  if (path.startsWith('node_modules'))
    written('{ "type": "module", "main": "index.js" }', `${dirname(path)}/package.json`)
  written(`export const pump = ${GOOD.replace("'mine'", `'${path}'`)}`, path)
  const found = await findPumpType(type, { folder, pluginDirs: ['pumps', './more'] }, 'pumps.a.type')
  expect(found).toMatchObject({ plugin: true, definition: { type: path } })
})

test.each([
  ['./not-there.mjs', true, /which cannot be loaded/],
  ['stdot', false, /an unknown type/],
  ['../outside', false, /an unknown type|cannot be loaded/],
  ['fs', false, /an unknown type/],
])('type: %s is a problem in words', async (type, plugin, words) => {
  written(`export const pump = ${GOOD}`, 'outside.js')
  const found = await findPumpType(type, { folder, pluginDirs: ['pumps'] }, 'pumps.a.type')
  expect(found).toMatchObject({ problem: { path: 'pumps.a.type', found: expect.stringMatching(words) } })
  if (type !== '../outside') expect(found.plugin).toBe(plugin)
})
