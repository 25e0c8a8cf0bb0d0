import { createBrowserStore, createWebBackend } from '@latentkit/backend-web'
import { float32 } from '@latentkit/core'
import { conformanceModels } from '@latentkit/onnx-graph/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from 'vitest/browser'

let other: string
beforeAll(async () => {
  other = await commands.startOtherServer()
})
afterAll(() => commands.stopOtherServer(other))

/** As the README says it. */
const startWorker = (file: string) => () => {
  const script = new Blob([`import '${other}standalone/${file}'`], { type: 'text/javascript' })
  return new Worker(URL.createObjectURL(script), { type: 'module' })
}

test('a worker of another server is refused by the browser, and it is said where to read on', async () => {
  const start = (file: string) => () => new Worker(`${other}standalone/${file}`, { type: 'module' })
  const where =
    /could not be started \(.*\)\. .*does the file lie on the page’s own server \(see “From another server” there\)/
  await expect(createWebBackend({ createWorker: start('runtime-worker.js') }).report()).rejects.toThrow(where)
  const repository = createBrowserStore({ createWorker: start('store-worker.js') }).repository('org/other')
  await expect(repository.writeRef('main', 'kept')).rejects.toThrow(where)
})

test('by way of a script of the page it runs, on several threads, too', async () => {
  const createWorker = startWorker('runtime-worker.js')
  const backend = createWebBackend({ device: 'wasm', threads: 2, createWorker, wasmFolder: `${other}onnxruntime/` })
  const session = await backend.createSession({ name: 'affine', weights: {}, model: conformanceModels.affine })
  const { y } = await session.run({ x: float32([2, 3], [1, 2, 3, 4, 5, 6]) })
  expect([...y!.data]).toEqual([3, 5, 7, 9, 11, 13])
  expect(await backend.report()).toMatchObject({ threads: 2, notices: [] })
  await backend.dispose()
  const repository = createBrowserStore({ createWorker: startWorker('store-worker.js') }).repository('org/other')
  await repository.writeRef('main', 'kept')
  expect(await repository.readRef('main')).toBe('kept')
  await repository.remove()
})
