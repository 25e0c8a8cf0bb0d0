import { LatentkitError } from '@latentkit/core'

/** A repository's listing cannot be used: a hostile path, an answer without commit or hashes, no weights of the wanted variant. Code `repository`. */
export class RepositoryError extends LatentkitError {
  static override readonly code = 'repository'
  readonly repository: string
  readonly problem: string

  constructor(options: { repository: string; problem: string; hint?: string; cause?: unknown }) {
    const { repository, problem } = options
    super(new.target.code, `${repository}: ${problem}.`, options)
    this.repository = repository
    this.problem = problem
  }
}
