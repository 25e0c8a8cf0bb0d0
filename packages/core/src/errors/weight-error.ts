import { LatentkitError } from './latentkit-error.ts'

/** A tensor that a network needs is missing, or has another shape or values it cannot use. Code `weight`. */
export class WeightError extends LatentkitError {
  static override readonly code = 'weight'
  readonly tensor: string

  constructor(options: { tensor: string; problem: string; hint?: string }) {
    super(new.target.code, `Weight "${options.tensor}" ${options.problem}.`, options)
    this.tensor = options.tensor
  }
}
