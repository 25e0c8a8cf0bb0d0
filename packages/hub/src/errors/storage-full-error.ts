import { LatentkitError } from '@latentkit/core'

/** The store has no room left; what was fetched so far stays, to be gone on with. Code `storage_full`. */
export class StorageFullError extends LatentkitError {
  static override readonly code = 'storage_full'
  readonly store: string
  /** Bytes that are still to be written, where known. */
  readonly neededBytes: number | undefined
  readonly availableBytes: number | undefined

  constructor(options: { store: string; neededBytes?: number; availableBytes?: number; cause?: unknown }) {
    const { store, neededBytes, availableBytes } = options
    const need = neededBytes === undefined ? '' : `; ${mebibytes(neededBytes)} more are needed`
    const have = availableBytes === undefined ? '' : `, ${mebibytes(availableBytes)} are free`
    const hint = 'Make room, or keep models in another place.'
    super(new.target.code, `${store} is full${need}${have}.`, { hint, cause: options.cause })
    this.store = store
    this.neededBytes = neededBytes
    this.availableBytes = availableBytes
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}
