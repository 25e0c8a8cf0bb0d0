import { LatentkitError } from './latentkit-error.ts'

/** The runtime under a backend failed: no such device, a graph it refuses, a run that broke. Code `backend`. */
export class BackendError extends LatentkitError {
  readonly backend: string

  constructor(options: { backend: string; problem: string; hint?: string; cause?: unknown }) {
    super('backend', `${options.backend}: ${options.problem}.${options.hint ? ` ${options.hint}` : ''}`, options)
    this.backend = options.backend
  }
}
