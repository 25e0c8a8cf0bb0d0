// By its name, as users import it: the worker needs the built files.
import { createBrowserStore } from '@latentkit/backend-web'
import { storeConformance } from '@latentkit/hub/testing'
import { describe, expect, test, vi } from 'vitest'
import standaloneWorker from '../../dist/standalone/store-worker.js?raw'

const folders = new WeakMap<object, string>()
function create(folder: string) {
  const store = createBrowserStore({ folder })
  folders.set(store, folder)
  return store
}

const cases = storeConformance(
  async () => create(`test-${crypto.randomUUID()}`),
  async (store) => create(folders.get(store)!),
)
for (const { name, run } of cases) test(name, run)

test('a part may lie idle for longer than an idle worker lives', async () => {
  const part = await create(`test-${crypto.randomUUID()}`).repository('org/name').openPart('key')
  await new Promise((resolve) => setTimeout(resolve, 2500))
  await part.write(0, Uint8Array.of(7))
  expect(await part.read(0, 1)).toEqual(Uint8Array.of(7))
  await part.discard()
})

test('options may be undefined, and misspelt ones are told', () => {
  createBrowserStore({ folder: undefined, createWorker: undefined })
  expect(() => createBrowserStore({ folders: 'a' } as object)).toThrow(
    'option is "folders"; expected one of folder, createWorker.',
  )
})

describe('the worker that writes', () => {
  const folder = `test-${crypto.randomUUID()}`
  const writeWith = (createWorker: () => Worker) =>
    createBrowserStore({ folder, createWorker }).repository('org/name').writeRef('main', 'abc')

  test('may be started from its file alone', async () => {
    const url = URL.createObjectURL(new Blob([standaloneWorker], { type: 'text/javascript' }))
    const createWorker = vi.fn(() => new Worker(url, { type: 'module' }))
    await writeWith(createWorker)
    expect(createWorker).toHaveBeenCalledTimes(1)
    expect(await create(folder).repository('org/name').readRef('main')).toBe('abc')
  })

  test.each([
    ['is not there', () => new Worker('/nowhere/store-worker.js', { type: 'module' }), 'could not be loaded'],
    ['does not run', () => new Worker('data:text/javascript,throw Error("no")'), 'failed: Uncaught Error: no'],
    ['may not be started', () => new Worker('https://example.com/worker.js'), 'could not be started (Failed to'],
  ])('and %s is named, with what to do', async (_, createWorker, words) => {
    const error = await writeWith(createWorker).catch((error) => error)
    expect(error).toMatchObject({ code: 'model_files', path: 'store-worker.js' })
    expect(error.message).toContain(`store-worker.js: ${words}`)
    expect(error.message).toMatch(/esbuild leaves this file out.*worker-src\)\?$/)
  })
})
