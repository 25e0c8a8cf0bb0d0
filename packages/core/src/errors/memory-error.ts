import { LatentkitError } from './latentkit-error.ts'

/** A run would need more memory than there is. Code `memory`. */
export class MemoryError extends LatentkitError {
  static override readonly code = 'memory'
  readonly neededBytes: number
  readonly availableBytes: number

  constructor(options: { what: string; neededBytes: number; availableBytes: number; hint?: string }) {
    const { what, neededBytes, availableBytes } = options
    const need = `needs about ${amount(neededBytes)} of memory; ${amount(availableBytes)} is available`
    super(new.target.code, `${what} ${need}.`, options)
    this.neededBytes = neededBytes
    this.availableBytes = availableBytes
  }
}

function amount(bytes: number): string {
  const mebibytes = bytes / 2 ** 20
  return mebibytes < 1000 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`
}
