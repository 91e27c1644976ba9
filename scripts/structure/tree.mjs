import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { importsOf, withoutComments } from './imports.mjs'

/**
 * One file of the house, as the rules see it.
 * @typedef {object} SourceFile
 * @property {string} path from the root of the checkout, with slashes
 * @property {string | undefined} room the package it belongs to; undefined for scripts/
 * @property {'source' | 'test'} kind tests are *.test.ts and everything in a package's test/
 * @property {string} source
 * @property {string} code the source without its comments
 * @property {readonly string[]} imports
 */

const sourceExtensions = /\.(ts|mts|cts|mjs|cjs|js|lua)$/
const neverEntered = new Set(['node_modules', 'dist'])

/** @param {string} folder @param {string} prefix @returns {string[]} */
const listFiles = (folder, prefix) => {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.isDirectory())
      return neverEntered.has(entry.name) ? [] : listFiles(`${folder}/${entry.name}`, `${prefix}/${entry.name}`)
    return sourceExtensions.test(entry.name) ? [`${prefix}/${entry.name}`] : []
  })
}

/** @param {string} path @returns {SourceFile['kind']} */
const kindOf = path => (/\.test\.[a-z]+$/.test(path) || /^packages\/[^/]+\/test\//.test(path) ? 'test' : 'source')

/**
 * Reads packages/ and scripts/ below a root.
 * @param {string} root
 * @returns {readonly SourceFile[]} by path
 */
export const readTree = root =>
  ['packages', 'scripts']
    .flatMap(top => listFiles(`${root}/${top}`, top))
    .sort()
    .map(path => {
      const source = readFileSync(`${root}/${path}`, 'utf8')
      const room = /^packages\/([^/]+)\//.exec(path)?.[1]
      return { path, room, kind: kindOf(path), source, code: withoutComments(source), imports: importsOf(source) }
    })
