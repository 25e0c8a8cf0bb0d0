import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { startHubServer } from './testing/hub-server-fixture.ts'
import { compVisFiles } from './testing/model-fixture.ts'

test('the example of the README runs', async () => {
  const hub = await startHubServer({ 'CompVis/ldm-super-resolution-4x-openimages': { files: compVisFiles(5000) } })
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)![1]!
  const runnable = example
    .replace("'@latentkit/hub'", JSON.stringify(fileURLToPath(new URL('index.ts', import.meta.url))))
    .replace('store: createMemoryStore(),', `store: createMemoryStore(), endpoint: '${hub.endpoint}',`)
    .replace('console.log(', 'globalThis.printed.push(')
  const printed: unknown[] = []
  Object.assign(globalThis, { printed })
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
  try {
    const file = join(folder, 'example.js')
    await writeFile(file, `${runnable}\nexport { config }`)
    const { config } = await import(/* @vite-ignore */ pathToFileURL(file).href)
    expect(config.size).toBeGreaterThan(10)
    expect(printed.at(-1)).toMatchObject({ type: 'download', remainingSeconds: 0 })
  } finally {
    await hub.close()
    await rm(folder, { recursive: true })
  }
})
