import { inRepository } from './repository.mjs'

// The one file of the scripts that reads the environment.
const { env } = process

/** @param {string} name */
const given = name => (env[name] ? env[name] : undefined)

/** True on a CI machine: nothing may be skipped there for want of a server. */
export const onCi = given('CI') !== undefined && given('CI') !== 'false' && given('CI') !== '0'

/** A Redis to use instead of an own one. */
export const givenRedisUrl = given('PUMPHOUSE_REDIS_URL')

/** A redis-server or valkey-server program for the tests. */
export const givenRedisServer = given('PUMPHOUSE_TEST_REDIS_SERVER')

/** One Java that this machine has; servers of the tests run on the newest that is found. */
export const givenJavaHome = given('JAVA_HOME')

/** Where servers that the tests need are installed. */
export const testServersFolder = given('PUMPHOUSE_TEST_SERVERS') ?? inRepository('.cache/servers')

/** Where the tests' outcomes are written; set by our own test command. */
export const testOutcomesFile = given('PUMPHOUSE_TEST_OUTCOMES')

/** On how many random cases a property is tried; on as many as its test says when this is not set. Set by our own `npm run test:unit`. */
export const propertyCases = given('PUMPHOUSE_TEST_PROPERTY_CASES')

/** Folders in which programs are looked for. */
export const searchPath = (env.PATH ?? '').split(':').filter(folder => folder !== '')

/** The environment of a child: ours with changes; undefined removes a variable. @param {Record<string, string | undefined>} changes */
export const childEnvironment = changes => ({ ...env, ...changes })
