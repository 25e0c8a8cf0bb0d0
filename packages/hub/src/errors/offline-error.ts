import { LatentkitError } from '@latentkit/core'

/** The network was not to be used and the store lacks something. Code `offline`. */
export class OfflineError extends LatentkitError {
  static override readonly code = 'offline'
  readonly repository: string
  /** The files that are missing; empty if nothing of the repository is there. */
  readonly missing: readonly string[]

  constructor(options: { repository: string; revision: string; store: string; missing?: readonly string[] }) {
    const { repository, revision, store, missing = [] } = options
    const lacks = missing.length === 0 ? `revision "${revision}"` : missing.join(', ')
    const hint = 'Fetch it once with a connection.'
    super(new.target.code, `${repository}: offline, and ${store} lacks ${lacks}.`, { hint })
    this.repository = repository
    this.missing = missing
  }
}
