import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { renderFiles } from './gen/files.mjs'
import { program } from './program.mjs'
import { inRepository } from './repository.mjs'
import { setup } from './setup.mjs'

/**
 * `npm run gen`: writes the files that come from the declarations in the code: the commented configurations and the reference pages.
 *   --check    writes nothing; fails when a file is not what it would write
 */

/** @param {string} path */
const read = path => {
  try {
    return readFileSync(inRepository(path), 'utf8')
  } catch {
    return undefined
  }
}

/** @param {{ path: string, text: string }} file */
const write = ({ path, text }) => {
  mkdirSync(dirname(inRepository(path)), { recursive: true })
  writeFileSync(inRepository(path), text)
  console.log(`wrote ${path}`)
}

await program(import.meta.url, async () => {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  await setup()
  const different = (await renderFiles()).filter(({ path, text }) => read(path) !== text)
  if (!values.check) different.forEach(write)
  else if (different.length > 0) {
    throw new Error(`${different.map(({ path }) => path).join(', ')}: not what the code declares; run npm run gen`)
  }
})
