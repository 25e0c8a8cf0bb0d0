import { assertOptions, type Backend, InvalidArgumentError, type ModelFiles, type OnProgress } from '@latentkit/core'
import type { LoadOptions } from './read-model-parts.ts'

/** Where a pipeline computes, and which weights it takes. */
export interface FromPretrainedOptions extends LoadOptions {
  readonly backend: Backend
  /** Receives warnings about odd configurations. */
  readonly onProgress?: OnProgress | undefined
  /** Ends the wait at once; a copy of weights that is being made for later is finished all the same. */
  readonly signal?: AbortSignal | undefined
}

const optionNames: Record<keyof FromPretrainedOptions, true> = {
  backend: true,
  onProgress: true,
  signal: true,
  variant: true,
}

/**
 * What the compiler says of the arguments of `fromPretrained`, for programs that it does not check.
 * @throws InvalidArgumentError for what is no model's files, no backend, or an option of another name.
 */
export function assertPretrained(files: ModelFiles, options: FromPretrainedOptions): void {
  assertOptions(options, optionNames)
  if (typeof files?.list !== 'function' || typeof files.open !== 'function') {
    const hint = 'Open the model first: await openModel(…), of @latentkit/backend-node or @latentkit/backend-web.'
    throw new InvalidArgumentError({ argument: 'files', value: files, expected: 'the files of a model', hint })
  }
  if (typeof options?.backend?.createSession !== 'function') {
    const expected = 'a backend, such as createNodeBackend() or createWebBackend() gives'
    throw new InvalidArgumentError({ argument: 'backend', value: options?.backend, expected })
  }
}
