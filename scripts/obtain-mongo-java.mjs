import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { secondsSince } from './commands.mjs'
import { testServersFolder } from './environment.mjs'
import { findJava } from './find-java.mjs'
import { withLock } from './lock.mjs'
import { mavenRepository, runMaven } from './maven.mjs'

/**
 * A second server that speaks the MongoDB protocol, for what should not hang on one stand-in alone: mongo-java-server, in memory, from Maven's
 * repository. It is a library; the few lines that start it are compiled by Java when the testkit runs them.
 */

const version = '1.47.0'
const folder = `${testServersFolder}/mongo-java-${version}`
/** What its jars are compiled for. */
const leastJava = 17

const main = `import de.bwaldvogel.mongo.*;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.net.InetSocketAddress;
import java.util.List;

/** Listens on a port of 127.0.0.1, and says that it is MongoDB 7.0: drivers ask for no less. */
public class Main {
  public static void main(String[] args) {
    MongoVersion seven = new MongoVersion() {
      public List<Integer> getVersionArray() { return List.of(7, 0, 0); }
      public int getWireVersion() { return 21; }
    };
    new MongoServer(new MemoryBackend().version(seven)).bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
  }
}
`

const dependency = (/** @type {string} */ group, /** @type {string} */ name, /** @type {string} */ itsVersion) =>
  `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${itsVersion}</version></dependency>`

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>pumphouse.test</groupId><artifactId>mongo</artifactId><version>1</version><dependencies>
${dependency('de.bwaldvogel', 'mongo-java-server', version)}
${dependency('org.slf4j', 'slf4j-nop', '2.0.17')}
</dependencies></project>
`

/** One at a time uses Maven's folder, and takes it away when it is done. */
const mavenLock = `${testServersFolder}/search.lock`

/** @returns {Promise<string | undefined>} why it failed */
const install = async () => {
  const java = await findJava(leastJava)
  if ('reason' in java) return java.reason
  const startMs = performance.now()
  process.stdout.write(`fetching mongo-java-server ${version} for the tests … `)
  // Under another name until it is whole.
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(`${unfinished}/pom.xml`, pom)
  writeFileSync(`${unfinished}/Main.java`, main)
  symlinkSync(java.home, `${unfinished}/jdk`)
  const failed = await runMaven('copy-dependencies', [
    '-f',
    `${unfinished}/pom.xml`,
    `-DoutputDirectory=${unfinished}/lib`,
  ])
  if (failed) rmSync(unfinished, { recursive: true, force: true })
  else renameSync(unfinished, folder)
  // What Maven downloaded has been copied to where it is used.
  if (!failed) rmSync(mavenRepository, { recursive: true, force: true })
  console.log(failed ? 'failed' : secondsSince(startMs))
  return failed
}

/**
 * Finds or installs it.
 * @returns {Promise<string | undefined>} why it cannot be had
 */
export const obtainMongoJava = () =>
  existsSync(folder)
    ? Promise.resolve(undefined)
    : withLock(mavenLock, async () => (existsSync(folder) ? undefined : install()))
