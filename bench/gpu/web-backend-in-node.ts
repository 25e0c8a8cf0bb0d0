import { createWebBackend, type WebBackend } from '@latentkit/backend-web'
import { servedFrom } from './browser-in-node.ts'
import { createBrowserWorker } from './web-worker-in-node.ts'

/** The web backend with its own built worker, on WebGPU, in Node. */
export function createWebBackendInNode(): WebBackend {
  // Addresses are relative to the page's.
  Object.assign(globalThis, { location: { href: servedFrom } })
  return createWebBackend({
    device: 'webgpu',
    wasmFolder: servedFrom,
    createWorker: () => createBrowserWorker(new URL('./web/runtime-worker.js', import.meta.url)),
  })
}
