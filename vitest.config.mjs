import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { propertyCases } from './scripts/environment.mjs'
import { inRepository } from './scripts/repository.mjs'

// Most of the time of a test with servers is waiting: two files at a time also on two cores, where the default is one.
const maxWorkers = Math.max(2, availableParallelism() - 1)

const source = ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.mjs']
const slow = ['packages/*/src/**/*.slow.test.ts', 'scripts/**/*.slow.test.mjs']
const server = 'packages/*/src/**/*.server.test.ts'
// They take a few milliseconds; on a busy machine some take many.
const testTimeout = 60_000
// What is built Node can load as it is: it need not be transformed for each run. What is transformed is kept until its source changes.
const every = {
  server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  experimental: { fsModuleCache: true },
}
/** @type {Record<string, string>} */
const alias = propertyCases ? { 'fast-check': inRepository('scripts/few-cases.mjs') } : {}

// unit: neither servers nor waiting: a few seconds for all of them on a developer's machine. slow: no servers either, but real connections, processes, clocks,
// or very many cases. server: real Redis, MongoDB … and child processes.
export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        resolve: { alias },
        test: { ...every, name: 'unit', include: source, exclude: [...slow, server], isolate: false, testTimeout },
      },
      { test: { ...every, name: 'slow', include: slow, testTimeout } },
      {
        test: {
          ...every,
          name: 'server',
          globalSetup: 'scripts/vitest-servers.mjs',
          include: [server, 'packages/*/test/**/*.test.ts'],
          // Of the tests of a file that may run beside each other.
          maxConcurrency: 4,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
