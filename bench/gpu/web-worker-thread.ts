/** A thread of Node made to look like a worker of a browser, which then runs `workerData.program`. */
import { parentPort, workerData } from 'node:worker_threads'
import { actAsBrowser } from './browser-in-node.ts'

actAsBrowser()
Object.assign(globalThis, {
  isSecureContext: true,
  crossOriginIsolated: false,
  // Node's own threads are of another kind; the runtime, asked for one thread, makes none.
  Worker: class {},
  postMessage: (message: unknown, moved: ArrayBuffer[] = []) => parentPort!.postMessage(message, moved),
  addEventListener: (type: string, listen: (event: { data: unknown }) => void) => {
    if (type === 'message') parentPort!.on('message', (data) => listen({ data }))
  },
})
await import((workerData as { program: string }).program)
