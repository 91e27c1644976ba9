import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Runs `main` when its module is the program that was started, and not when another module imports it. `main` resolves with the
 * exit code, nothing being 0. What it throws is said without a stack trace, and the exit code is 1.
 * @param {string} moduleUrl import.meta.url
 * @param {() => Promise<number | void>} main
 */
export const program = async (moduleUrl, main) => {
  const started = process.argv[1]
  if (started === undefined || realpathSync(started) !== fileURLToPath(moduleUrl)) return
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
