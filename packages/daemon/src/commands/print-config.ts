/** `pumphouse print-config`: the configuration as the daemon would use it, with the source of each value beside it and secrets masked. */

import { type Setting, showSetting } from '@pumphouse/options'
import { isInherited } from '../config/config-changes.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'
import { loadOrComplain } from './validate.ts'

/** Values end and remarks begin here, where a value is not longer. */
const REMARK_COLUMN = 60

/** Prints YAML, or with `json` a list of { path, value, from }. Exit 0, or 78 when the file cannot be used. */
export async function printConfig(file: string, json: boolean, surroundings: CommandSurroundings): Promise<ExitCode> {
  const loaded = await loadOrComplain(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const { settings } = loaded
  await surroundings.print(json ? renderJson(settings, file) : renderYaml(settings, file))
  return EXIT.ok
}

function originText(setting: Setting, file: string): string {
  const { origin } = setting
  switch (origin.from) {
    case 'default':
      return isInherited(setting) ? 'as at the top level' : 'default'
    case 'given':
      return origin.line === undefined ? file : `${file}, line ${origin.line}`
    case 'environment':
      return origin.variable
    case 'file':
      return `${origin.file}, named by ${origin.variable}_FILE`
  }
}

function renderJson(settings: readonly Setting[], file: string): string {
  const rows = settings.map(setting => ({
    path: setting.path,
    value: setting.value === undefined ? null : showSetting(setting),
    from: originText(setting, file),
  }))
  return `${JSON.stringify(rows, null, 2)}\n`
}

/** Sections open where a path leaves the one before it. What is not set is a comment. */
function renderYaml(settings: readonly Setting[], file: string): string {
  const lines: string[] = []
  let open: readonly string[] = []
  for (const setting of settings) {
    const names = setting.path.split('.')
    const sections = names.slice(0, -1)
    const shared = sections.findIndex((name, depth) => name !== open[depth])
    for (let depth = shared < 0 ? sections.length : shared; depth < sections.length; depth++) {
      lines.push(`${margin(depth)}${sections[depth]}:`)
    }
    open = sections
    const isSet = setting.value !== undefined
    const shown = setting.field.sensitive ? JSON.stringify(showSetting(setting)) : showSetting(setting)
    const line = `${margin(sections.length)}${isSet ? '' : '# '}${names.at(-1)}: ${isSet ? shown : ''}`
    lines.push(`${line.padEnd(REMARK_COLUMN)} # ${isSet ? originText(setting, file) : 'not set'}`)
  }
  return `${lines.join('\n')}\n`
}

function margin(depth: number): string {
  return '  '.repeat(depth)
}
