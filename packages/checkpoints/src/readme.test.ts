import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

test('the example of the README runs', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const runnable = example
    .replace("'@latentkit/checkpoints'", JSON.stringify(here('index.ts')))
    .replace("'@latentkit/core'", JSON.stringify(here('../../core/src/index.ts')))
    .replaceAll("'model.ckpt'", JSON.stringify(here('__fixtures__/odd_tensors/odd.zip.pt')))
    .replaceAll('console.log(', 'globalThis.printed.push(')
  const printed: unknown[] = []
  Object.assign(globalThis, { printed })
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  const file = join(folder, 'example.js')
  await writeFile(file, runnable)
  await import(/* @vite-ignore */ pathToFileURL(file).href)
  await rm(folder, { recursive: true })
  expect(printed).toEqual(['torch-zip', 21, 'f32', [4, 6], expect.any(Float32Array)])
})
