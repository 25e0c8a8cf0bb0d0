import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Every package and example is a project; one with a configuration of its own (a browser, say) uses that. */
const folders = [
  ...['packages', 'examples'].flatMap((parent) => readdirSync(parent).map((name) => join(parent, name))),
  ...['bench', 'scripts', 'training'],
]
const projects = folders.map((folder) =>
  existsSync(join(folder, 'vitest.config.ts'))
    ? folder
    : { extends: true as const, test: { name: folder, root: folder } },
)

export default defineConfig({
  test: {
    projects,
    // Generous: a machine may have two cores and other work to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
