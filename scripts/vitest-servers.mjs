import { hostServers } from '../packages/testkit/dist/index.js'

/**
 * Set-up of the tests that need servers: hosts those that are dear to start for all test files together. None is started before a test asks.
 * @param {{ provide(key: 'serverHost', value: string): void }} project
 */
export default async project => {
  const host = await hostServers()
  project.provide('serverHost', host.address)
  return () => host.stop()
}
