import { LatentkitError } from './latentkit-error.ts'

/** A picture cannot be read, understood or written. Code `picture`. */
export class PictureError extends LatentkitError {
  static override readonly code = 'picture'
  readonly picture: string

  constructor(options: { picture: string; problem: string; hint?: string; cause?: unknown }) {
    super(new.target.code, `${options.picture}: ${options.problem}.`, options)
    this.picture = options.picture
  }
}
