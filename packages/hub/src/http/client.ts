import type { RetryPolicy } from './retry.ts'

/** What every request needs. */
export interface Client {
  readonly fetch: typeof fetch
  /** The origin that the token may be sent to, and no other. */
  readonly origin: string
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
  readonly retry: RetryPolicy
  /** Milliseconds without a byte after which a connection is given up. */
  readonly idleTimeout: number
  /** What messages call the thing asked for. */
  readonly repository: string
}

/** What a request is about, so that "404" can be said in words. */
export interface Subject {
  readonly revision?: string
  readonly file?: string
}
