import { LatentkitError, ModelFilesError } from '@latentkit/core'
import { workerHint } from '../worker-hint.ts'
import type { StoreAnswer, StoreRequest, StoreRequests } from './store-messages.ts'

/** Asks the store's worker, which is started when it is needed and ended when it has had nothing to do for a while. */
export type AskStore = <K extends keyof StoreRequests>(
  kind: K,
  body: StoreRequests[K]['sent'],
) => Promise<StoreRequests[K]['answer']>

/** Milliseconds without a request or an open file after which the worker is ended. */
const idleTime = 2000

/** An answer that is an error rejects with a `DOMException` of its name; a worker that does not run, with a `ModelFilesError`. */
export function connectStore(createWorker: () => Worker): AskStore {
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>()
  let worker: Worker | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  const openFiles = new Set<number>()
  let asked = 0

  function make(): Worker {
    try {
      return createWorker()
    } catch (cause) {
      if (LatentkitError.isInstance(cause)) throw cause
      throw workerProblem(`could not be started (${(cause as Error).message})`, cause)
    }
  }

  function start(): Worker {
    const started = make()
    started.addEventListener('message', ({ data: message }: MessageEvent<StoreAnswer>) => {
      const request = waiting.get(message.id)
      waiting.delete(message.id)
      if ('answer' in message) request?.resolve(message.answer as never)
      else request?.reject(new DOMException(message.error.message, message.error.name))
    })
    started.addEventListener('error', ({ message }) => {
      end()
      const error = workerProblem(message ? `failed: ${message}` : 'could not be loaded')
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    })
    return started
  }

  function end(): void {
    worker?.terminate()
    worker = undefined
    openFiles.clear()
  }

  function send(kind: keyof StoreRequests, body: object): Promise<never> {
    clearTimeout(idle)
    worker ??= start()
    const id = asked++
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker?.postMessage({ id, kind, body } as StoreRequest)
    })
  }

  return async (kind, body) => {
    try {
      const answer = await send(kind, body)
      if (kind === 'open') openFiles.add((answer as StoreRequests['open']['answer']).file)
      if (kind === 'finish' || kind === 'close') openFiles.delete((body as StoreRequests['close']['sent']).file)
      return answer
    } finally {
      // Only now is it known whether a file is open, which only this worker knows.
      clearTimeout(idle)
      if (waiting.size === 0 && openFiles.size === 0) idle = setTimeout(end, idleTime)
    }
  }
}

function workerProblem(problem: string, cause?: unknown): ModelFilesError {
  return new ModelFilesError({ path: 'store-worker.js', problem, hint: workerHint(), cause })
}
