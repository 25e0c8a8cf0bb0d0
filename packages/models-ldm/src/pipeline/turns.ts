import { untilAborted } from '@latentkit/core'

/**
 * Does pieces of work one after the other, in the order they were given, whatever comes of those before. A piece that waits
 * rejects with the signal's reason as soon as it is aborted, and is never begun.
 */
export type Turns = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (work, signal) => {
    const before = last
    const turn = untilAborted(before, signal).then(work)
    // Without what came of them, which would be kept as long as there are turns.
    last = Promise.allSettled([before, turn]).then(() => undefined)
    return turn
  }
}
