import { LatentkitError } from '@latentkit/core'

/** The server has no such repository, revision or file. Code `not_found`. */
export class NotFoundError extends LatentkitError {
  static override readonly code = 'not_found'
  readonly what: 'repository' | 'revision' | 'file'
  /** The name that was looked for. */
  readonly wanted: string

  constructor(options: { what: NotFoundError['what']; wanted: string; where: string; hint?: string }) {
    const { what, wanted, where } = options
    super(new.target.code, `${where} has no ${what} "${wanted}".`, options)
    this.what = what
    this.wanted = wanted
  }
}
