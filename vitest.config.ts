import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Most of the time of a test with servers is waiting: two files at a time also on two cores, where the default is one.
const maxWorkers = Math.max(2, availableParallelism() - 1)

// unit: no servers, a few seconds. server: real Redis, MongoDB … and child processes.
export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: ['**/*.server.test.ts'],
          // They take a few milliseconds; on a busy machine some take many.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'server',
          globalSetup: 'scripts/vitest-servers.mjs',
          include: ['packages/*/src/**/*.server.test.ts', 'packages/*/test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
