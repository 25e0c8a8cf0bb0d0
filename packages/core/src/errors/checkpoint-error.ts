import { LatentkitError } from './latentkit-error.ts'

/** A weight file's bytes break its format. Code `checkpoint`. */
export class CheckpointError extends LatentkitError {
  readonly file: string
  readonly tensor: string | undefined

  constructor(options: { file: string; tensor?: string; problem: string; hint?: string; cause?: unknown }) {
    const { file, tensor, problem, hint } = options
    super(
      'checkpoint',
      `${file}: ${tensor === undefined ? '' : `tensor "${tensor}" `}${problem}.${hint ? ` ${hint}` : ''}`,
      options,
    )
    this.file = file
    this.tensor = tensor
  }
}
