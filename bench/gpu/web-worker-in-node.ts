import { Worker as NodeWorker } from 'node:worker_threads'

/** A worker as browsers have it, with WebGPU, made of a thread of Node. @param program the address of what it runs. */
export function createBrowserWorker(program: URL): Worker {
  const thread = new NodeWorker(new URL('./web-worker-thread.js', import.meta.url), {
    workerData: { program: program.href },
    execArgv: [],
  })
  const worker: Pick<Worker, 'postMessage' | 'terminate'> & { addEventListener: unknown } = {
    postMessage: (message: unknown) => thread.postMessage(message),
    terminate: () => void thread.terminate(),
    addEventListener(type: 'message' | 'error', listen: (event: object) => void) {
      thread.on(type, (value: unknown) => listen(type === 'message' ? { data: value } : (value as Error)))
    },
  }
  return worker as Worker
}
