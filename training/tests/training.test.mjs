import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** Where several Pythons are installed, the one that has torch. */
const interpreter = process.env.LATENTKIT_PYTHON ?? 'python3'
const python = (...words) =>
  spawnSync(interpreter, words, { cwd: root, encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } })
const has = (module) => python('-c', `import ${module}`).status === 0
const missing = ['numpy', 'scipy', 'PIL', 'torch'].filter((module) => !has(module))

// What needs a module that is not there skips itself, with a message; without Python there is nothing to run.
test.skipIf(missing.includes('numpy'))(
  `Python’s own tests of the training${missing.length > 0 ? ` (not those that need ${missing.join(', ')})` : ''}`,
  () => {
    const { status, stderr } = python('-m', 'unittest', 'discover', '-t', '.', '-s', 'training/tests')
    expect(stderr).toMatch(/^OK|^FAILED/m)
    expect(status, stderr).toBe(0)
  },
  300_000,
)
