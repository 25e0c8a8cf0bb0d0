import { LatentkitError } from './latentkit-error.ts'

/** An option or argument given by the caller is not usable. Code `invalid_argument`. */
export class InvalidArgumentError extends LatentkitError {
  static override readonly code = 'invalid_argument'
  readonly argument: string
  readonly value: unknown

  constructor(options: { argument: string; value: unknown; expected: string; hint?: string }) {
    const { argument, value, expected } = options
    super(InvalidArgumentError.code, `${argument} is ${show(value)}; expected ${expected}.`, options)
    this.argument = argument
    this.value = value
  }
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'number' || value === undefined) return String(value)
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
