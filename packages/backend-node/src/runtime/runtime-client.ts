import { Worker } from 'node:worker_threads'
import { BackendError, DisposedError } from '@latentkit/core'
import type { AnswerMessage, RequestMessage, Requests, ThreadData } from './messages.ts'
import { createTurn, unlessWithdrawn } from './turn.ts'
import { createWorkState, holdExit, releaseExit } from './work-state.ts'

/** Asks the runtime's thread to do things. */
export interface RuntimeClient {
  /** @param signal Withdraws what is asked, if that has not begun: it rejects at once with the signal's reason, and is never done. */
  request<K extends keyof Requests>(
    kind: K,
    body: Requests[K]['sent'],
    signal?: AbortSignal,
  ): Promise<Requests[K]['answer']>
  /** Ends the thread once what it was asked before is done. */
  close(): Promise<void>
}

const noop = (): void => {}

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/**
 * Starts the thread on the first request. It does not keep the process alive while nothing is asked of it.
 *
 * The thread is never terminated during a run: onnxruntime would abort the whole process.
 */
export function createRuntimeClient(backend: string): RuntimeClient {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let state = createWorkState()
  let asked = 0
  let closed = false
  // Requests are answered in order, those withdrawn, too, so the last one ends the waiting.
  let idle: Promise<void> = Promise.resolve()

  function failAll(ended: Worker, problem: string, cause?: unknown): void {
    // A thread that fails also ends; by then there may be another one.
    if (ended !== worker) return
    worker = undefined
    releaseExit(state)
    for (const { reject } of waiting.values()) reject(new BackendError({ backend, problem, cause }))
    waiting.clear()
  }

  function cannotSend(cause: unknown): BackendError {
    const problem = `a tensor cannot be sent to the runtime's thread (${(cause as Error).message})`
    const hint = 'Was its memory given away (transferred), or is there more to it than dtype, shape and data?'
    return new BackendError({ backend, problem, hint, cause })
  }

  function rest(thread: Worker): void {
    thread.unref()
    releaseExit(state)
  }

  function start(): Worker {
    state = createWorkState()
    // Without this the runtime writes usage data below the user's home; it must be set before its addon loads.
    process.env.ORT_DISABLE_TELEMETRY = '1'
    const started = new Worker(new URL('./runtime-worker.js', import.meta.url), {
      name: 'latentkit-runtime',
      // The caller's own flags (loaders, --eval) are not for this thread.
      execArgv: [],
      workerData: { sessionsFrom: asked, state } satisfies ThreadData,
    })
    started.on('message', (message: AnswerMessage) => {
      const request = waiting.get(message.id)
      waiting.delete(message.id)
      if (waiting.size === 0) rest(started)
      if ('error' in message)
        request?.reject(new BackendError({ backend, problem: message.error.replace(/\.?\s*$/, '') }))
      else request?.resolve(message.answer as never)
    })
    started.on('error', (error) => failAll(started, `the runtime's thread failed: ${error.message}`, error))
    started.on('exit', (code) => failAll(started, `the runtime's thread ended with code ${code}`))
    return started
  }

  return {
    request(kind, body, signal) {
      if (closed) return Promise.reject(new DisposedError({ what: `The backend ${backend}`, hint: 'Make a new one.' }))
      try {
        worker ??= start()
      } catch (cause) {
        const problem = `the runtime's thread cannot be started: ${(cause as Error).message.replace(/\.$/, '')}`
        return Promise.reject(new BackendError({ backend, problem, cause }))
      }
      worker.ref()
      holdExit(state)
      const id = asked++
      const turn = signal && createTurn()
      const answer = new Promise<never>((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        try {
          worker!.postMessage({ id, kind, body, turn } as RequestMessage)
        } catch (cause) {
          // What cannot be sent is never answered, and must not keep the process alive.
          waiting.delete(id)
          if (waiting.size === 0) rest(worker!)
          reject(cannotSend(cause))
        }
      })
      idle = answer.then(noop, noop)
      return turn ? unlessWithdrawn(answer, turn, signal) : answer
    },
    async close() {
      if (closed) return
      closed = true
      await idle
      await worker?.terminate()
    },
  }
}
