import type { LatentkitError } from '@latentkit/core'

/** How often and how patiently something is tried. */
export interface RetryPolicy {
  /** Failures in a row that are taken; a failure after some progress counts as the first. Default 6. */
  readonly attempts: number
  /** Milliseconds before the second try; doubled for each further one. Default 500. */
  readonly firstDelay: number
  /** Milliseconds that no delay exceeds, not even one that the server asks for. Default 30 000. */
  readonly longestDelay: number
}

/** What is used where the caller does not say. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 6, firstDelay: 500, longestDelay: 30_000 }

/** Thrown inside the hub for a failure that may pass; `reason` is what the user sees if it does not. */
export class TransientFailure extends Error {
  readonly reason: LatentkitError
  /** Milliseconds that the server asks to be left alone. */
  readonly retryAfter: number | undefined

  constructor(reason: LatentkitError, retryAfter?: number) {
    super(reason.message)
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/**
 * Runs `operation` until it succeeds, fails for good, or has failed too often in a row.
 * @param progress A number that grows with what was achieved: a failure after growth starts the count anew.
 * @throws What `operation` throws; the `reason` of the last `TransientFailure`; the signal's reason.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  operation: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0
  let reached = progress()
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await operation()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof TransientFailure)) throw error
      if (progress() > reached) failures = 0
      reached = progress()
      failures += 1
      if (failures >= policy.attempts) throw error.reason
      await pause(delayAfter(policy, failures, error.retryAfter), signal)
    }
  }
}

/** Doubles with each failure; a random part keeps many clients from coming back at once. */
function delayAfter(policy: RetryPolicy, failures: number, retryAfter: number | undefined): number {
  const own = policy.firstDelay * 2 ** (failures - 1) * (0.75 + Math.random() / 2)
  return Math.min(policy.longestDelay, Math.max(own, retryAfter ?? 0))
}

/** Waits; rejects with the signal's reason if it is aborted meanwhile. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
