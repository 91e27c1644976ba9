import { OptionsError, type Problem } from '@pumphouse/options'
import { loadConfig, type UsableConfig } from '../config/load-config.ts'
import { checkTargets } from './check-targets.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { CommandSurroundings } from './surroundings.ts'

/** Loads the configuration, or complains of everything that is wrong with it. */
export async function loadOrComplain(
  file: string,
  surroundings: CommandSurroundings,
): Promise<UsableConfig | undefined> {
  const loaded = await loadConfig(file, surroundings.env)
  return loaded.config === undefined ? complain(file, loaded.problems, surroundings) : loaded
}

/** The same, but when nothing is wrong except plugins: the others run without their pumps, which stand in `invalid`. */
export async function loadWhatCanRun(
  file: string,
  surroundings: CommandSurroundings,
): Promise<UsableConfig | undefined> {
  const loaded = await loadConfig(file, surroundings.env)
  if (loaded.config !== undefined) return loaded
  return loaded.rest ?? complain(file, loaded.problems, surroundings)
}

async function complain(
  file: string,
  problems: readonly Problem[],
  surroundings: CommandSurroundings,
): Promise<undefined> {
  await surroundings.complain(`${new OptionsError(file, problems).message}\n`)
}

/**
 * `pumphouse validate`: every error at once, with its path; exit 0 or 78. With `check` it also connects to Redis and to every target of a pump
 * that is enabled, changes nothing there, and exits 1 when one of them cannot be used.
 */
export async function validate(file: string, check: boolean, surroundings: CommandSurroundings): Promise<ExitCode> {
  const loaded = await loadOrComplain(file, surroundings)
  if (loaded === undefined) return EXIT.config
  const { config } = loaded
  const names = config.pumps.map(({ name, definition }) => `${name} (${definition.type})`)
  await surroundings.print(
    `${file}: valid; ${names.length === 0 ? 'no pump is enabled' : `enabled: ${names.join(', ')}`}\n`,
  )
  if (!check) return EXIT.ok
  const found = await checkTargets(config)
  const width = Math.max(...found.map(({ what }) => what.length))
  for (const { what, error, ms } of found) {
    await surroundings.print(`  ${what.padEnd(width)}  ${error ?? `ok, ${ms} ms`}\n`)
  }
  return found.every(({ error }) => error === undefined) ? EXIT.ok : EXIT.failed
}
