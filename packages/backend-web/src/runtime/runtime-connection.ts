import { BackendError } from '@latentkit/core'
import { DeviceLostError } from '../errors/device-lost-error.ts'
import { NoWebgpuError } from '../errors/no-webgpu-error.ts'
import { ThreadsRefusedError } from '../errors/threads-refused-error.ts'
import { workerHint } from '../worker-hint.ts'
import type { AnswerMessage, DeviceReport, NewsMessage, RequestMessage, Requests } from './messages.ts'

/** A worker with the runtime. Once ended it stays ended; sessions made in it are gone. */
export interface RuntimeConnection {
  /** Tells the device when the worker has started; rejects with a `BackendError` if the runtime cannot be loaded, a `NoWebgpuError` if that device was asked for and is not there. */
  readonly started: Promise<DeviceReport>
  readonly ended: boolean
  /** @param failure What to say before the runtime's words if it fails, such as `cannot load VQModel on wasm`. */
  request<K extends keyof Requests>(
    kind: K,
    body: Requests[K]['sent'],
    failure?: string,
  ): Promise<Requests[K]['answer']>
  /** Stops the worker at once, which frees all it holds; what is under way rejects with `reason`. */
  end(reason: Error): void
}

/** Words of failures after which the runtime does not go on, and what to do about them. */
const fatal = [
  {
    // As Chromium, Firefox and Safari name it.
    words: /Content Security Policy|blocked by CSP|unsafe-eval/i,
    outOfMemory: false,
    hint: "The page’s Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src.",
  },
  {
    words: /no WebAssembly/,
    outOfMemory: false,
    hint: 'Is it switched off for safety (a lockdown mode, say)? Allow it for this site, or use another browser.',
  },
  {
    words: /fetching of the wasm failed|dynamically imported module|no available backend|Failed to fetch/i,
    outOfMemory: false,
    hint: 'The runtime’s files could not be loaded: is the network there, and are they on the server?',
  },
  {
    // It could go on after some of these, but WebAssembly memory never shrinks: a new worker has all of it again.
    words: new RegExp(
      [
        'out of memory|bad_alloc|failed to allocate|allocation failed|Aborted\\(|RuntimeError|out of bounds|unreachable',
        // Sizes that 32 bits cannot count, and results of more than 2 GiB.
        'SafeInt|storage size overflowed|exceeds the supported range',
        // WebGPU: a buffer larger than the device allows, and one that could not be made.
        'max buffer size|Invalid Buffer .*due to a previous error',
      ].join('|'),
      'i',
    ),
    outOfMemory: true,
    hint: 'Probably the memory ran out: use a smaller picture or model.',
  },
]

/** Starts the runtime in a worker and lets it choose its device. It can be asked, and ended, at once. */
export function connectRuntime(backend: string, worker: Worker, options: Requests['start']['sent']): RuntimeConnection {
  const waiting = new Map<
    number,
    { readonly failure: string | undefined; resolve(answer: never): void; reject(error: Error): void }
  >()
  let asked = 0
  let endedBy: Error | undefined

  function end(reason: Error): void {
    if (endedBy) return
    endedBy = reason
    worker.terminate()
    for (const { reject } of waiting.values()) reject(reason)
    waiting.clear()
  }

  function request<K extends keyof Requests>(
    kind: K,
    body: Requests[K]['sent'],
    failure?: string,
  ): Promise<Requests[K]['answer']> {
    if (endedBy) return Promise.reject(endedBy)
    const id = asked++
    return new Promise<never>((resolve, reject) => {
      waiting.set(id, { failure, resolve, reject })
      try {
        worker.postMessage({ id, kind, body } as RequestMessage)
      } catch (cause) {
        waiting.delete(id)
        const problem = `a tensor cannot be sent to the worker (${(cause as Error).message})`
        const hint = 'Was its memory given away (transferred), or is there more to it than dtype, shape and data?'
        reject(new BackendError({ backend, problem, hint, cause }))
      }
    })
  }

  worker.addEventListener('message', ({ data: message }: MessageEvent<AnswerMessage | NewsMessage>) => {
    if ('lost' in message) return end(new DeviceLostError(backend, message.lost))
    if ('noWebgpu' in message) return end(new NoWebgpuError(backend, message.noWebgpu))
    if ('refusedThreads' in message) return end(new ThreadsRefusedError(message.refusedThreads))
    const request = waiting.get(message.id)
    waiting.delete(message.id)
    if (!('error' in message)) return request?.resolve(message.answer as never)
    const cause = fatal.find(({ words }) => words.test(message.error))
    const words = message.error.trim().replace(/\.$/, '')
    const problem = request?.failure ? `${request.failure}: ${words}` : words
    const { hint, outOfMemory = false } = cause ?? {}
    const error = new BackendError({ backend, problem, outOfMemory, ...(hint === undefined ? {} : { hint }) })
    request?.reject(error)
    if (cause) end(error)
  })
  worker.addEventListener('error', (event) => {
    const notLoaded = "the worker's program could not be loaded (runtime-worker.js, unless createWorker takes another)"
    const problem = event.message ? `the worker failed: ${event.message}` : notLoaded
    end(new BackendError({ backend, problem, hint: workerHint() }))
  })

  const started = request('start', options)
  started.catch(end)
  return {
    started,
    get ended() {
      return endedBy !== undefined
    },
    request,
    end,
  }
}
