import { LatentkitError } from './latentkit-error.ts'
import { showValue } from './show-value.ts'

/** An option or argument given by the caller is not usable. Code `invalid_argument`. */
export class InvalidArgumentError extends LatentkitError {
  static override readonly code = 'invalid_argument'
  readonly argument: string
  readonly value: unknown

  constructor(options: { argument: string; value: unknown; expected: string; hint?: string }) {
    const { argument, value, expected } = options
    super(new.target.code, `${argument} is ${showValue(value)}; expected ${expected}.`, options)
    this.argument = argument
    this.value = value
  }
}
