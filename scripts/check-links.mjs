import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { program } from './program.mjs'
import { root } from './repository.mjs'

/** @param {string} folder @param {string} prefix @returns {string[]} */
const documents = (folder, prefix) =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) {
      const entered = !entry.name.startsWith('.') && entry.name !== 'node_modules' && entry.name !== 'dist'
      return entered ? documents(join(folder, entry.name), path) : []
    }
    return entry.name.endsWith('.md') ? [path] : []
  })

/**
 * Links of the documents to files of the checkout that are not there.
 * @param {string} folder root of a checkout
 * @returns {readonly string[]} problems, each with its document
 */
export const linkProblems = folder =>
  documents(folder, '').flatMap(document =>
    [...readFileSync(join(folder, document), 'utf8').matchAll(/\]\(([^)#\s]+)/g)]
      .map(match => match[1])
      .filter(target => !/^[a-z]+:/.test(target))
      .filter(target => !existsSync(join(folder, dirname(document), target)))
      .map(target => `${document}: links to ${target}, which is not there`),
  )

await program(import.meta.url, async () => {
  const problems = linkProblems(root)
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
})
