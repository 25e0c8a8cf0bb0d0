import { DisposedError } from '@latentkit/core'
import { ThreadsRefusedError } from '../errors/threads-refused-error.ts'
import type { RuntimeConnection } from './runtime-connection.ts'

/** Lets one task at a time use the runtime, whose calls corrupt each other when they overlap. */
export interface RuntimeHost {
  /**
   * Runs a task when all that were given before are done, with a runtime that works: it is started for the first one and
   * again when it has ended. Where the browser refuses it threads, it is started again without, and the task run again. A
   * task given up through `signal` rejects at once with its reason, even while it runs.
   */
  use<T>(task: (runtime: RuntimeConnection) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Resolves when all tasks that were given before are done, those given up, too. */
  idle(): Promise<void>
  /** Ends the runtime at once; everything rejects from now on. */
  dispose(): void
}

const noop = (): void => {}

/** Milliseconds: some 25 days. */
const longestTimer = 2 ** 31 - 1

/**
 * @param connect Starts a runtime; on one thread if it is told why.
 * @param patience seconds that a task given up may still run before its worker is ended.
 */
export function createRuntimeHost(
  backend: string,
  connect: (whyOneThread: string | undefined) => RuntimeConnection,
  patience: number,
): RuntimeHost {
  let queue: Promise<void> = Promise.resolve()
  let current: RuntimeConnection | undefined
  let whyOneThread: string | undefined
  let disposed = false
  const disposedError = () => new DisposedError({ what: `The backend ${backend}`, hint: 'Make a new one.' })

  async function runtime(): Promise<RuntimeConnection> {
    if (!current || current.ended) current = connect(whyOneThread)
    await current.started
    return current
  }

  async function runTask<T>(task: (runtime: RuntimeConnection) => Promise<T>, started: RuntimeConnection): Promise<T> {
    try {
      return await task(started)
    } catch (error) {
      if (!(error instanceof ThreadsRefusedError)) throw error
      whyOneThread = error.message
      return task(await runtime())
    }
  }

  return {
    async use(task, signal) {
      if (disposed) throw disposedError()
      signal?.throwIfAborted()
      let state: 'waiting' | 'running' | 'done' = 'waiting'
      const turn = queue.then(async () => {
        if (disposed) throw disposedError()
        signal?.throwIfAborted()
        const started = await runtime()
        signal?.throwIfAborted()
        state = 'running'
        try {
          return await runTask(task, started)
        } finally {
          state = 'done'
        }
      })
      queue = turn.then(noop, noop)
      if (!signal) return turn

      return new Promise((resolve, reject) => {
        const giveUp = () => {
          reject(signal.reason)
          if (state !== 'running') return
          // Timers end at once where they are told more than 32 bits hold.
          const timer = setTimeout(() => current?.end(signal.reason), Math.min(patience * 1000, longestTimer))
          void turn.then(noop, noop).then(() => clearTimeout(timer))
        }
        signal.addEventListener('abort', giveUp, { once: true })
        turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
      })
    },
    async idle() {
      await queue
    },
    dispose() {
      disposed = true
      current?.end(disposedError())
    },
  }
}
