import { OptionsError } from '@pumphouse/options'
import type { DaemonConfig } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'

/** Loads the configuration, or complains of everything that is wrong with it. */
export async function loadOrComplain(
  file: string,
  { env, complain }: CommandSurroundings,
): Promise<DaemonConfig | undefined> {
  const { config, problems } = await loadConfig(file, env)
  if (config === undefined) await complain(`${new OptionsError(file, problems).message}\n`)
  return config
}

/** `pumphouse validate`: every error at once, with its path; exit 0 or 78. */
export async function validate(file: string, surroundings: CommandSurroundings): Promise<ExitCode> {
  const config = await loadOrComplain(file, surroundings)
  if (config === undefined) return EXIT.config
  const names = config.pumps.map(({ name, definition }) => `${name} (${definition.type})`)
  await surroundings.print(
    `${file}: valid; ${names.length === 0 ? 'no pump is enabled' : `enabled: ${names.join(', ')}`}\n`,
  )
  return EXIT.ok
}
