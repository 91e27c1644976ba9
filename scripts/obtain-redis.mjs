import { findProgram, run } from './commands.mjs'
import { givenRedisServer } from './environment.mjs'
import { installSystemPackage } from './system-packages.mjs'

const programs = ['redis-server', 'valkey-server']
const packageNames = { apt: 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' }

/** What a person does when nothing here works. */
export const redisAdvice =
  'Install Redis 6.2 or newer, or Valkey (for example: apt-get install redis-server, dnf install valkey, brew install redis), ' +
  'or start Docker, or set PUMPHOUSE_REDIS_URL to a Redis that may be used.'

/**
 * A redis-server or valkey-server program: the given one, one on the PATH, or one that the package manager brings.
 * @returns {Promise<{ program: string } | { reason: string }>}
 */
export const obtainRedisProgram = async () => {
  const present = givenRedisServer ?? findProgram(programs)
  if (present) return { program: present }
  const result = await installSystemPackage('Redis', packageNames)
  if (!result.installed) return { reason: result.reason }
  // The package of Debian and Ubuntu starts a service; ours are started on their own ports, so it would only lie about.
  if (findProgram(['systemctl'])) await run('systemctl', ['disable', '--now', 'redis-server'])
  const program = findProgram(programs)
  return program ? { program } : { reason: 'the package was installed, but no redis-server is on the PATH' }
}

/** Is there a Docker that runs? */
export const dockerRuns = async () =>
  findProgram(['docker']) !== undefined && (await run('docker', ['info'])).code === 0
