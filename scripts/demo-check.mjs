import { existsSync } from 'node:fs'
import { run } from './commands.mjs'
import { printOutcome, printStep } from './outcomes.mjs'
import { inRepository } from './repository.mjs'

/** Runs the demo as a reader of the README would, only shorter. */

const withoutRedis = /^The demo needs Redis.*$/m

/** @returns {Promise<import('./outcomes.mjs').Outcome>} failed with all that it printed; skipped where there is no Redis */
export const demoCheck = async () => {
  const startMs = performance.now()
  const { code, output } = await run('npm', ['run', 'demo', '--', '--seconds', '5'])
  const [reasonToSkip] = withoutRedis.exec(output) ?? []
  if (reasonToSkip) return printOutcome({ name: 'demo', state: 'skipped', reason: reasonToSkip }, startMs)
  const isLeft = existsSync(inRepository('.demo/redis')) || existsSync(inRepository('.demo/pid'))
  const reason = `${output.trim()}\nexit code ${code}${isLeft ? '; its Redis was not removed' : ''}`
  return printStep('demo', code === 0 && !isLeft, reason, startMs)
}
