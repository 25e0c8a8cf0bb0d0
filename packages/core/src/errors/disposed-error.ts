import { LatentkitError } from './latentkit-error.ts'

/** Something is asked of a pipeline, session or backend that was disposed of. Code `disposed`. */
export class DisposedError extends LatentkitError {
  static override readonly code = 'disposed'
  /** Such as `The pipeline`. */
  readonly what: string

  constructor(options: { what: string; hint: string }) {
    super(new.target.code, `${options.what} is disposed of.`, options)
    this.what = options.what
  }
}
