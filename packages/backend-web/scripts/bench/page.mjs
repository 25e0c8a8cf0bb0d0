import { createWebBackend, openModel } from '@latentkit/backend-web'
import { modelFiles } from '@latentkit/ldm-sr-tiny'
import { measure } from './measure.mjs'

/** @param addresses Files of a model by path. Default: the small model's. */
globalThis.measure = async (backendOptions, size, addresses = modelFiles) => {
  let worker
  const createWorker = () => {
    worker = new Worker(new URL('./watched-worker.mjs', import.meta.url), { type: 'module' })
    return worker
  }
  const wasmMemory = () =>
    new Promise((resolve) => {
      worker.addEventListener('message', ({ data }) => data.wasmMemory !== undefined && resolve(data.wasmMemory))
      worker.postMessage({ tellMemory: true })
    })
  const backend = createWebBackend({ ...backendOptions, createWorker })
  // Asked for while the worker is still there.
  const watched = { ...backend, dispose: async () => {} }
  const times = await measure({ backend: watched, files: await openModel(addresses) }, size)
  const memory = { wasmMemory: await wasmMemory(), pageHeap: performance.memory?.totalJSHeapSize ?? 0 }
  await backend.dispose()
  return { ...times, ...memory }
}
document.title = 'ready'
