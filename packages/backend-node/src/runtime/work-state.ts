/** What the runtime's thread is doing, in memory that it shares with the thread that asks: one number. */
export type WorkState = Int32Array

const idle = 0
const busy = 1
const ended = 2

/** In milliseconds: a thread that died at work must not hold the process for ever. A call that takes longer aborts it after all. */
const longestWait = 60_000

export function createWorkState(): WorkState {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** In the runtime's thread. @returns Whether the work may begin: not once the process is ending. */
export function beginWork(state: WorkState): boolean {
  return Atomics.compareExchange(state, 0, idle, busy) === idle
}

/** In the runtime's thread. */
export function finishWork(state: WorkState): void {
  Atomics.compareExchange(state, 0, busy, idle)
  Atomics.notify(state, 0)
}

const watched = new Set<WorkState>()

/**
 * From now on the process ends only after the call that the thread is in: it would end the thread then at the latest, and onnxruntime,
 * ended during a call, aborts the process, which loses its exit code and may leave a core dump. It takes no longer, since a call
 * cannot be broken off anyway.
 */
export function holdExit(state: WorkState): void {
  if (watched.size === 0) process.on('exit', endWork)
  watched.add(state)
}

export function releaseExit(state: WorkState): void {
  watched.delete(state)
  if (watched.size === 0) process.off('exit', endWork)
}

function endWork(): void {
  for (const state of watched) {
    while (Atomics.compareExchange(state, 0, idle, ended) === busy) {
      if (Atomics.wait(state, 0, busy, longestWait) === 'timed-out') break
    }
  }
}
