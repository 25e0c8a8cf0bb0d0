import { LatentkitError } from '@latentkit/core'

/** A server could not be reached, kept failing however often it was asked, or something else answered. Code `network`. */
export class NetworkError extends LatentkitError {
  static override readonly code = 'network'
  readonly url: string
  /** The last HTTP status, if there was an answer at all. */
  readonly status: number | undefined

  constructor(options: { url: string; problem: string; status?: number; hint?: string; cause?: unknown }) {
    super(new.target.code, `${options.url}: ${options.problem}.`, options)
    this.url = options.url
    this.status = options.status
  }
}
