import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { inRepository } from './repository.mjs'

/** @type {string[]} */
const folders = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

// A sudo that never asks: it runs what follows its own options, so these tests do the same as root and as anyone.
const sudo = 'while case "$1" in -*) true;; *) false;; esac; do shift; done; exec "$@"'
const nothing = 'exit 0'

/**
 * Obtains Redis on a machine whose PATH has only these programs, each a line of shell; FOLDER is the folder they are in.
 * @param {Record<string, string>} programs
 * @returns {{ program?: string, reason?: string }} the program without its folder
 */
const obtainWith = programs => {
  const folder = mkdtempSync(join(tmpdir(), 'path-'))
  folders.push(folder)
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${line.replaceAll('FOLDER', folder)}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const module = JSON.stringify(inRepository('scripts/obtain-redis.mjs'))
  const program = `import(${module}).then(m => m.obtainRedisProgram()).then(found => console.log(JSON.stringify(found)))`
  const output = execFileSync(process.execPath, ['-e', program], { env: { PATH: folder }, encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1)?.replaceAll(`${folder}/`, '') ?? '')
}

const bringsRedis =
  '[ "$1" = install ] && printf "#!/bin/sh\\n" > FOLDER/redis-server && /bin/chmod +x FOLDER/redis-server; exit 0'

describe('obtaining Redis', () => {
  it('uses a redis-server on the PATH', () => {
    expect(obtainWith({ 'redis-server': nothing, 'valkey-server': nothing })).toEqual({ program: 'redis-server' })
  })

  it('uses a valkey-server where there is no redis-server', () => {
    expect(obtainWith({ 'valkey-server': nothing })).toEqual({ program: 'valkey-server' })
  })

  it('installs it with the package manager where that asks nothing', () => {
    expect(obtainWith({ sudo, 'apt-get': bringsRedis })).toEqual({ program: 'redis-server' })
  })

  it('says what the package manager said when that fails', () => {
    const { reason } = obtainWith({ sudo, 'apt-get': 'echo "no network" >&2; exit 100' })
    expect(reason).toBe('apt-get update -q failed: no network')
  })

  it('says so when the package brings no server', () => {
    expect(obtainWith({ sudo, 'apt-get': nothing }).reason).toContain('no redis-server is on the PATH')
  })

  it('says so when there is no package manager', () => {
    expect(obtainWith({}).reason).toContain('no package manager')
  })
})
