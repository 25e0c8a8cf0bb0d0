import { untilAborted } from '@latentkit/core'

/** Locks by name within one process: waits for the others in the order they came. */
export function createLocks(): (key: string, signal?: AbortSignal) => Promise<() => Promise<void>> {
  const tails = new Map<string, Promise<void>>()
  return async (key, signal) => {
    signal?.throwIfAborted()
    const before = tails.get(key) ?? Promise.resolve()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const tail = before.then(() => held)
    tails.set(key, tail)
    const letGo = async () => {
      release()
      if (tails.get(key) === tail) tails.delete(key)
    }
    try {
      await untilAborted(before, signal)
      return letGo
    } catch (error) {
      // Whoever waits behind this one still waits for those before it.
      await letGo()
      throw error
    }
  }
}
