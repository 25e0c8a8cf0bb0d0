import { LatentkitError } from './latentkit-error.ts'

/** The runtime under a backend failed: no such device, a graph it refuses, a run that broke. Code `backend`. */
export class BackendError extends LatentkitError {
  static override readonly code = 'backend'
  readonly backend: string
  /** True if the runtime ran out of memory: the same work in smaller parts may do. */
  readonly outOfMemory: boolean

  /** @param options.outOfMemory Default: what the words of `problem` tell. */
  constructor(options: { backend: string; problem: string; hint?: string; outOfMemory?: boolean; cause?: unknown }) {
    super(new.target.code, `${options.backend}: ${options.problem}.`, options)
    this.backend = options.backend
    this.outOfMemory =
      options.outOfMemory ?? /bad_alloc|failed to allocate|out of memory|allocation failed/i.test(options.problem)
  }
}
