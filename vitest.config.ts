import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Most of the time of a test with servers is waiting: two files at a time also on two cores, where the default is one.
const maxWorkers = Math.max(2, availableParallelism() - 1)

const source = ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.mjs']
const slow = 'packages/*/src/**/*.slow.test.ts'
const server = 'packages/*/src/**/*.server.test.ts'
// They take a few milliseconds; on a busy machine some take many.
const testTimeout = 60_000

// unit: neither servers nor waiting: a few seconds for all of them on a developer's machine. slow: no servers either, but real connections, clocks, or very many
// cases. server: real Redis, MongoDB … and child processes.
export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      { test: { name: 'unit', include: source, exclude: [slow, server], testTimeout } },
      { test: { name: 'slow', include: [slow], testTimeout } },
      {
        test: {
          name: 'server',
          globalSetup: 'scripts/vitest-servers.mjs',
          include: [server, 'packages/*/test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
