import { LatentkitError } from '@latentkit/core'

/** The server answered 401 or 403: the repository is private or gated, or the token is wrong. Code `access`. */
export class AccessError extends LatentkitError {
  static override readonly code = 'access'
  readonly repository: string
  readonly status: number

  constructor(options: { repository: string; status: number; problem: string; hint: string }) {
    super(new.target.code, `${options.repository}: ${options.problem} (HTTP ${options.status}).`, options)
    this.repository = options.repository
    this.status = options.status
  }
}
