import { LatentkitError } from './latentkit-error.ts'

/** A weight file's bytes break its format. Code `checkpoint`. */
export class CheckpointError extends LatentkitError {
  static override readonly code = 'checkpoint'
  readonly file: string
  readonly tensor: string | undefined

  constructor(options: { file: string; tensor?: string; problem: string; hint?: string; cause?: unknown }) {
    const { file, tensor, problem } = options
    super(
      new.target.code,
      `${file}: ${tensor === undefined ? '' : `tensor "${shortened(tensor)}" `}${problem}.`,
      options,
    )
    this.file = file
    this.tensor = tensor
  }
}

/** A broken file may have names of any length. */
function shortened(name: string): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name
}
