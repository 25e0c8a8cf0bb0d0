import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// Here, since a graph is run by a backend, which @latentkit/onnx-graph may not import.
test('the programs of the README of onnx-graph run, one after the other', async () => {
  const readme = await readFile(new URL('../../onnx-graph/README.md', import.meta.url), 'utf8')
  const programs = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, program]) => program)
  expect(programs).toHaveLength(2)
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  try {
    const weights = join(folder, 'model.safetensors')
    await writeFile(weights, new Uint8Array(1024 + 864))
    const script = programs.join('\n').replaceAll("'model.safetensors'", JSON.stringify(weights))
    const args = ['--input-type=module', '-e', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 30_000 })
    expect(stdout).toBe('[ 1, 8, 64, 64 ]\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})
