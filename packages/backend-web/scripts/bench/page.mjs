import { createWebBackend, openModel } from '@latentkit/backend-web'
import { measure } from './measure.mjs'

globalThis.measure = async (backendOptions, size) => {
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
  const times = await measure({ backend: watched, openModel }, size)
  const memory = { wasmMemory: await wasmMemory(), pageHeap: performance.memory?.totalJSHeapSize ?? 0 }
  await backend.dispose()
  return { ...times, ...memory }
}
document.title = 'ready'
