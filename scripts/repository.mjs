import { fileURLToPath } from 'node:url'

/** Folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Path of something in the checkout. @param {readonly string[]} parts */
export const inRepository = (...parts) => [root, ...parts].join('/')

/** A tool that the workspace installs: `tsc`, `biome`, `vitest`. @param {string} name */
export const tool = name => inRepository('node_modules/.bin', name)
