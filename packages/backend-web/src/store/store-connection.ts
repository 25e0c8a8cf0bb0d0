import type { StoreAnswer, StoreRequest, StoreRequests } from './store-messages.ts'

/** Asks the store's worker, which is started when it is needed and ended when it has had nothing to do for a while. */
export type AskStore = <K extends keyof StoreRequests>(
  kind: K,
  body: StoreRequests[K]['sent'],
) => Promise<StoreRequests[K]['answer']>

/** Milliseconds without a request or an open file after which the worker is ended. */
const idleTime = 2000

/** An answer that is an error rejects with a `DOMException` of its name. */
export function connectStore(createWorker: () => Worker): AskStore {
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>()
  let worker: Worker | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  let openFiles = 0
  let asked = 0

  function start(): Worker {
    const started = createWorker()
    started.addEventListener('message', ({ data: message }: MessageEvent<StoreAnswer>) => {
      const request = waiting.get(message.id)
      waiting.delete(message.id)
      if ('answer' in message) request?.resolve(message.answer as never)
      else request?.reject(new DOMException(message.error.message, message.error.name))
      if (waiting.size === 0 && openFiles === 0) idle = setTimeout(end, idleTime)
    })
    started.addEventListener('error', ({ message }) => {
      end()
      const words = message || 'the store’s program could not be loaded'
      for (const { reject } of waiting.values()) reject(new DOMException(words, 'NetworkError'))
      waiting.clear()
    })
    return started
  }

  function end(): void {
    worker?.terminate()
    worker = undefined
    openFiles = 0
  }

  return async (kind, body) => {
    clearTimeout(idle)
    worker ??= start()
    const id = asked++
    const answer = await new Promise<never>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker?.postMessage({ id, kind, body } as StoreRequest)
    })
    if (kind === 'open') openFiles += 1
    if (kind === 'finish' || kind === 'close') openFiles -= 1
    return answer
  }
}
