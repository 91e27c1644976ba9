import { OptionsError } from '@pumphouse/options'
import { loadConfig, type UsableConfig } from '../config/load-config.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'

/** Loads the configuration, or complains of everything that is wrong with it. */
export async function loadOrComplain(
  file: string,
  { env, complain }: CommandSurroundings,
): Promise<UsableConfig | undefined> {
  const loaded = await loadConfig(file, env)
  if (loaded.config !== undefined) return loaded
  await complain(`${new OptionsError(file, loaded.problems).message}\n`)
  return undefined
}

/** `pumphouse validate`: every error at once, with its path; exit 0 or 78. */
export async function validate(file: string, surroundings: CommandSurroundings): Promise<ExitCode> {
  const loaded = await loadOrComplain(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const names = loaded.config.pumps.map(({ name, definition }) => `${name} (${definition.type})`)
  await surroundings.print(
    `${file}: valid; ${names.length === 0 ? 'no pump is enabled' : `enabled: ${names.join(', ')}`}\n`,
  )
  return EXIT.ok
}
