/** Whether a request has begun, in memory that the thread that asks shares with the one that does it: one number. */
export type Turn = Int32Array

const waiting = 0
const begun = 1
const withdrawn = 2

export function createTurn(): Turn {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** In the runtime's thread. @returns Whether the request may begin: not once it was withdrawn. */
export function beginTurn(turn: Turn): boolean {
  return Atomics.compareExchange(turn, 0, waiting, begun) === waiting
}

/** What was answered, or the signal's reason as soon as it is aborted, if the request has not begun then: it never will. */
export function unlessWithdrawn<T>(answer: Promise<T>, turn: Turn, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const withdraw = () => {
      if (Atomics.compareExchange(turn, 0, waiting, withdrawn) === waiting) reject(signal.reason)
    }
    if (signal.aborted) withdraw()
    const all = withdrawalsOf(signal)
    all.add(withdraw)
    answer.then(resolve, reject).finally(() => all.delete(withdraw))
  })
}

const withdrawals = new WeakMap<AbortSignal, Set<() => void>>()

/** What is done when a signal is aborted, by one listener: Node 20 prints a warning where there are more than ten. */
function withdrawalsOf(signal: AbortSignal): Set<() => void> {
  const known = withdrawals.get(signal)
  if (known) return known
  const all = new Set<() => void>()
  withdrawals.set(signal, all)
  const withdrawAll = () => {
    for (const withdraw of all) withdraw()
  }
  signal.addEventListener('abort', withdrawAll, { once: true })
  return all
}
