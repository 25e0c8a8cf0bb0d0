import { BackendError, DisposedError } from '@latentkit/core'
import { createTurns } from './turns.ts'

/** The calls of a pipeline: one after the other, until it is disposed of. */
export interface Calls {
  /**
   * Does a call's work when its turn comes.
   * @throws DisposedError if the pipeline is disposed of before that.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>
  /** Ends: the call under way is finished, those that wait reject. */
  dispose(): Promise<void>
}

/** @param free Gives back what the calls made for those after them. */
export function createCalls(free: () => Promise<void>): Calls {
  const turns = createTurns()
  let disposed = false
  /** Calls under way or waiting. */
  let count = 0
  return {
    run(work, signal) {
      // It is under way if nothing is before it, though it begins a moment later.
      const isFirst = count++ === 0 && !disposed
      const turn = turns(async () => {
        if (disposed && !isFirst) throw new DisposedError({ what: 'The pipeline', hint: 'Open the model again.' })
        try {
          return await work()
        } catch (error) {
          // The runtime may have ended and taken the networks with it: the next call makes them anew.
          if (BackendError.isInstance(error)) await free()
          throw error
        }
      }, signal)
      return turn.finally(() => {
        count--
      })
    },
    async dispose() {
      disposed = true
      await turns(free)
    },
  }
}
