import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples/*'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores are the common case; tests that run networks share them.
    maxWorkers: 2,
  },
})
