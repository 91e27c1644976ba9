import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeOptions, parseYaml } from '@pumphouse/options'
import { builtInPumps } from '@pumphouse/pumps'
import { afterAll, expect, test } from 'vitest'
import { renderExampleYaml, renderOptionsReference } from './example.ts'
import { loadConfig } from './load-config.ts'
import { daemonOptions, drainOptions } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'pumphouse-example-'))
afterAll(() => rmSync(folder, { recursive: true }))
const inConfigs = (name: string) => fileURLToPath(new URL(`../../../../configs/${name}`, import.meta.url))

test('the example loads without a problem, and means the same as no settings at all', async () => {
  const file = join(folder, 'pump.yaml')
  writeFileSync(file, renderExampleYaml())
  const shown = await loadConfig(file, {})
  expect(shown.problems).toEqual([])
  writeFileSync(file, 'pumps: { stdout: { type: stdout } }')
  expect(shown.config).toEqual((await loadConfig(file, {})).config)
})

test('the example and the reference show every option', () => {
  const { pumps, ...topLevel } = daemonOptions
  const shown = renderExampleYaml()
  const { values } = parseYaml(shown)
  const reference = renderOptionsReference()
  for (const { path, field } of describeOptions(topLevel)) {
    if (field.default !== null) expect(valueAt(values, path), path).toBeDefined()
    expect(shown).toContain(`${path.split('.').at(-1)}:`)
    expect(reference).toContain(`\`${path}\``)
  }
  for (const { path, field } of describeOptions(drainOptions))
    if (field.default !== null) expect(valueAt(values, `pumps.stdout.${path}`), path).toBeDefined()
  for (const { type } of builtInPumps) expect(valueAt(values, `pumps.${type}.type`)).toBe(type)
})

test('configs/pump.yaml is what the declarations say (npm run gen writes it)', () => {
  expect(readFileSync(inConfigs('pump.yaml'), 'utf8')).toBe(renderExampleYaml())
})

test('configs/pump.dev.yaml loads without a problem', async () => {
  expect((await loadConfig(inConfigs('pump.dev.yaml'), {})).problems).toEqual([])
})

function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], values)
}
