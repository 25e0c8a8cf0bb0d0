import { LatentkitError } from './latentkit-error.ts'

/** A run would need more memory than there is. Code `memory`. */
export class MemoryError extends LatentkitError {
  readonly neededBytes: number
  readonly availableBytes: number

  constructor(options: { what: string; neededBytes: number; availableBytes: number; hint?: string }) {
    const { what, neededBytes, availableBytes, hint } = options
    const need = `needs about ${gibibytes(neededBytes)} of memory; ${gibibytes(availableBytes)} is available`
    super('memory', `${what} ${need}.${hint ? ` ${hint}` : ''}`)
    this.neededBytes = neededBytes
    this.availableBytes = availableBytes
  }
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
