import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Path of something in the checkout. @param {readonly string[]} parts */
export const inRepository = (...parts) => [root, ...parts].join('/')

/** A tool that the workspace installs: `tsc`, `biome`, `vitest`. @param {string} name */
export const tool = name => inRepository('node_modules/.bin', name)

/** Is this module the program that was started, not imported by another? @param {string} moduleUrl import.meta.url */
export const isProgram = moduleUrl => {
  const started = process.argv[1]
  return started !== undefined && realpathSync(started) === fileURLToPath(moduleUrl)
}
