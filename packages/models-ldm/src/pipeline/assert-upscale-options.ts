import { assertOptions, InvalidArgumentError } from '@latentkit/core'
import type { UpscaleOptions } from './upscale-options.ts'

/** What an option has to be, in words and as a question; true where its use checks that. */
type Kind = true | readonly [expected: string, fits: (value: unknown) => boolean]

const aFunction: Kind = ['a function', (value) => typeof value === 'function']
const aNumber: Kind = ['a number', (value) => typeof value === 'number']
const isSignal = (value: unknown) => typeof (value as AbortSignal | null)?.addEventListener === 'function'
const isObject = (value: unknown) => typeof value === 'object' && value !== null

const kinds: Readonly<Record<keyof UpscaleOptions, Kind>> = {
  steps: true,
  eta: true,
  seed: true,
  scheduler: true,
  colour: true,
  backProjection: true,
  convolutions: true,
  precision: true,
  compat: true,
  tile: aNumber,
  memory: aNumber,
  size: ['a width and a height', isObject],
  latents: true,
  noise: aFunction,
  state: ['a state that onState was given', (value) => isObject((value as UpscaleOptions['state'])?.tensors)],
  onState: aFunction,
  onPreview: aFunction,
  previewEvery: true,
  signal: ['an AbortSignal, such as controller.signal', isSignal],
  onProgress: aFunction,
  onLatents: aFunction,
}

/**
 * What the compiler says of options, for programs that it does not check.
 * @returns A copy: calls wait for each other, and meanwhile the caller may change the options for the next one.
 * @throws InvalidArgumentError for one that there is not, or a value of another kind.
 */
export function assertUpscaleOptions(options: UpscaleOptions): UpscaleOptions {
  // Settings that are given back may have one more.
  assertOptions(options, { ...kinds, mixedTiles: true })
  for (const [argument, kind] of Object.entries(kinds)) {
    const value = options[argument as keyof UpscaleOptions]
    if (value === undefined || kind === true || kind[1](value)) continue
    throw new InvalidArgumentError({ argument, value, expected: kind[0] })
  }
  return { ...options }
}
