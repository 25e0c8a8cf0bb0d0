import { BackendError } from '@latentkit/core'
import { DeviceLostError } from '../errors/device-lost-error.ts'
import type { AnswerMessage, DeviceReport, LostMessage, RequestMessage, Requests } from './messages.ts'

/** A started worker. Once ended it stays ended; sessions made in it are gone. */
export interface RuntimeConnection {
  readonly report: DeviceReport
  readonly ended: boolean
  request<K extends keyof Requests>(kind: K, body: Requests[K]['sent']): Promise<Requests[K]['answer']>
  /** Stops the worker at once, which frees all it holds; what is under way rejects with `reason`. */
  end(reason: Error): void
}

/** Words of failures after which the runtime cannot go on, and what to do about them. */
const fatal = [
  {
    words: /fetching of the wasm failed|dynamically imported module|no available backend|Failed to fetch/i,
    hint: 'The runtime’s files could not be loaded: is the network there, and are they on the server?',
  },
  {
    words: /\bAborted\(|RuntimeError|out of bounds|unreachable|out of memory|bad_alloc/i,
    hint: 'Probably the memory of the page ran out: use a smaller picture or model.',
  },
]

/**
 * Starts the worker and lets it choose its device.
 * @throws BackendError if the runtime cannot be loaded, or the device asked for is not there.
 */
export async function connectRuntime(
  backend: string,
  worker: Worker,
  options: Requests['start']['sent'],
): Promise<RuntimeConnection> {
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>()
  let asked = 0
  let endedBy: Error | undefined

  function end(reason: Error): void {
    if (endedBy) return
    endedBy = reason
    worker.terminate()
    for (const { reject } of waiting.values()) reject(reason)
    waiting.clear()
  }

  function request<K extends keyof Requests>(kind: K, body: Requests[K]['sent']): Promise<Requests[K]['answer']> {
    if (endedBy) return Promise.reject(endedBy)
    const id = asked++
    return new Promise<never>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, kind, body } as RequestMessage)
    })
  }

  worker.addEventListener('message', ({ data: message }: MessageEvent<AnswerMessage | LostMessage>) => {
    if ('lost' in message) return end(new DeviceLostError(message.lost))
    const request = waiting.get(message.id)
    waiting.delete(message.id)
    if (!('error' in message)) return request?.resolve(message.answer as never)
    const hint = fatal.find(({ words }) => words.test(message.error))?.hint
    const problem = message.error.trim().replace(/\.$/, '')
    const error = new BackendError({ backend, problem, ...(hint === undefined ? {} : { hint }) })
    request?.reject(error)
    if (hint !== undefined) end(error)
  })
  worker.addEventListener('error', (event) => {
    const why = event.message ? `the worker failed: ${event.message}` : "the worker's program could not be loaded"
    end(new BackendError({ backend, problem: why, hint: 'Is the network there, and is the page’s build complete?' }))
  })

  try {
    const report = await request('start', options)
    return {
      report,
      get ended() {
        return endedBy !== undefined
      },
      request,
      end,
    }
  } catch (error) {
    end(error as Error)
    throw error
  }
}
