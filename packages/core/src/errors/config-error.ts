import { LatentkitError } from './latentkit-error.ts'
import { showValue } from './show-value.ts'

/** A model's or scheduler's configuration holds a value that is wrong or not supported. Code `config`. */
export class ConfigError extends LatentkitError {
  static override readonly code = 'config'
  /** Where the configuration came from, such as `unet/config.json`. */
  readonly source: string
  readonly key: string
  readonly value: unknown

  constructor(options: { source: string; key: string; value: unknown; expected: string; hint?: string }) {
    const { source, key, value, expected } = options
    super(new.target.code, `${source}: "${key}" is ${showValue(value)}; expected ${expected}.`, options)
    this.source = source
    this.key = key
    this.value = value
  }
}
