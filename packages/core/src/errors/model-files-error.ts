import { LatentkitError } from './latentkit-error.ts'

/** A model's file or folder is missing or is not what it should be. Code `model_files`. */
export class ModelFilesError extends LatentkitError {
  static override readonly code = 'model_files'
  readonly path: string

  constructor(options: { path: string; problem: string; hint?: string; cause?: unknown }) {
    super(new.target.code, `${options.path}: ${options.problem}.`, options)
    this.path = options.path
  }
}
