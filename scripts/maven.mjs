import { findProgram, run } from './commands.mjs'
import { testServersFolder } from './environment.mjs'

/** The plugin that copies files out of the repositories, pinned as everything else. */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'

/** Its own local repository: nothing of the user's changes, and one folder holds all that the tests bring. */
export const mavenRepository = `${testServersFolder}/maven`

/**
 * Runs a goal of the plugin.
 * @param {string} goal
 * @param {readonly string[]} args
 * @returns {Promise<string | undefined>} why it failed
 */
export const runMaven = async (goal, args) => {
  const mvn = findProgram(['mvn'])
  if (!mvn) return 'no mvn (Maven) on the PATH'
  const { code, output } = await run(mvn, [
    '-q',
    '-B',
    `-Dmaven.repo.local=${mavenRepository}`,
    `${plugin}:${goal}`,
    ...args,
  ])
  const said = output.split('\n').find(line => line.startsWith('[ERROR]')) ?? output.trim().split('\n').at(-1)
  return code === 0 ? undefined : `mvn ${goal} failed: ${said}`
}
