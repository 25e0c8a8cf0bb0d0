// npm test: sets the repository up if needed, checks style and types, runs all tests, and says how many passed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pnpm, root, setUp } from './setup.mjs'

setUp()
pnpm('exec', 'biome', 'check', '--error-on-warnings', '.')
pnpm('exec', 'turbo', 'run', 'typecheck', '--output-logs=errors-only')

const cache = join(root, 'node_modules', '.cache')
const report = join(cache, 'vitest.json')
mkdirSync(cache, { recursive: true })
rmSync(report, { force: true })
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
)
if (!existsSync(report)) {
  process.stderr.write('latentkit: the tests did not run to their end.\n')
  process.exit(1)
}
const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'))
// A file that cannot be loaded fails without a test of its own.
const failed = numFailedTests || (status === 0 ? 0 : Math.max(1, numFailedTestSuites))
process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && status === 0 ? 0 : 1
