import { LatentkitError } from '@latentkit/core'

/** The server has no such repository, revision or file. Code `not_found`. */
export class NotFoundError extends LatentkitError {
  readonly what: 'repository' | 'revision' | 'file'
  /** The name that was looked for. */
  readonly wanted: string

  constructor(options: { what: NotFoundError['what']; wanted: string; where: string; hint?: string }) {
    const { what, wanted, where } = options
    super('not_found', `${where} has no ${what} "${wanted}".`, options)
    this.what = what
    this.wanted = wanted
  }
}
