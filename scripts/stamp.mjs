import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { inRepository } from './repository.mjs'

/**
 * Says whether an earlier set-up is still good. Two stamps: what decides about the dependencies (contents of the lockfile and the package files,
 * and the Node version), and what decides about the build (also every source file's path, size and modification time: reading
 * those costs a hundredth of reading the files).
 */
const stampFile = inRepository('node_modules/.pumphouse-setup.json')

const packages = () => readdirSync(inRepository('packages')).sort()

/** @param {string} folder @param {(path: string) => void} visit */
const walk = (folder, visit) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) walk(path, visit)
    else visit(path)
  }
}

/** What the dependencies hang on. */
export const dependenciesKey = () => {
  const hash = createHash('sha256').update(process.version)
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', '.npmrc']
  for (const name of packages()) files.push(`packages/${name}/package.json`)
  for (const file of files)
    if (existsSync(inRepository(file))) hash.update(file).update(readFileSync(inRepository(file)))
  return hash.digest('hex')
}

/** What the build hangs on; differs also when some package has no build at all. */
export const buildKey = () => {
  const hash = createHash('sha256').update(dependenciesKey())
  /** @param {string} path */
  const add = path => {
    const { size, mtimeMs } = statSync(path)
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  for (const file of ['tsconfig.json', 'tsconfig.base.json']) add(inRepository(file))
  for (const name of packages()) {
    add(inRepository('packages', name, 'tsconfig.json'))
    walk(inRepository('packages', name, 'src'), add)
    hash.update(existsSync(inRepository('packages', name, 'dist/.tsbuildinfo')) ? 'built\n' : 'not built\n')
  }
  return hash.digest('hex')
}

/** @returns {{ dependencies?: string, build?: string }} what the last good set-up wrote */
export const readStamps = () => {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

/** @param {{ dependencies: string, build?: string }} stamps */
export const writeStamps = stamps => {
  mkdirSync(inRepository('node_modules'), { recursive: true })
  writeFileSync(stampFile, `${JSON.stringify(stamps)}\n`)
}
