import { assertOptions, InvalidArgumentError } from '@latentkit/core'

/**
 * How 3×3 convolutions are done: by the runtime's own operator, or by Winograd's way in matrix products. Of the time of
 * a network with hundreds of channels the latter takes 0.7 to 0.8 on Node's CPU, half on WASM, and two to four times the memory.
 */
export type ConvolutionMethod = (typeof convolutionMethods)[number]
/** Every `ConvolutionMethod`; the first is the default. */
export const convolutionMethods = ['direct', 'winograd'] as const

/**
 * Numbers that networks compute with. Half precision, `float16`, takes half the memory on graphics cards and as a rule less
 * time, with relative errors below a hundredth. What it cannot do is done in float32: embedding timesteps, normalising.
 */
export type Precision = (typeof precisions)[number]
/** Every `Precision`; the first is the default. */
export const precisions = ['float32', 'float16'] as const

/** How a graph computes. */
export interface ComputeSettings {
  /** Default `direct`. */
  readonly convolutions: ConvolutionMethod
  /** Default `float32`. Inputs and outputs are float32 in either. */
  readonly precision: Precision
}

/** What is left out is the default. */
export type ComputeOptions = { readonly [Key in keyof ComputeSettings]?: ComputeSettings[Key] | undefined }

/** Sizes of the input of one graph, in its own pixels, and how the graph computes. */
export interface InputShape extends ComputeOptions {
  readonly batch: number
  readonly height: number
  readonly width: number
}

const shapeKeys: Readonly<Record<keyof InputShape, true>> = {
  batch: true,
  height: true,
  width: true,
  convolutions: true,
  precision: true,
}

/**
 * Refuses a shape that no graph can be built for.
 * @param multiple Both sides must be multiples of this.
 * @throws InvalidArgumentError naming the first that is not as it should be.
 */
export function assertInputShape(shape: InputShape, multiple: number): void {
  if (typeof shape !== 'object' || shape === null)
    throw new InvalidArgumentError({
      argument: 'shape',
      value: shape,
      expected: 'an object of batch, height and width',
    })
  assertOptions(shape, shapeKeys)
  for (const argument of ['batch', 'height', 'width'] as const) {
    const value = shape[argument]
    const step = argument === 'batch' ? 1 : multiple
    if (Number.isInteger(value) && value > 0 && value % step === 0) continue
    const expected = step === 1 ? 'a whole number above 0' : `a multiple of ${step}`
    throw new InvalidArgumentError({ argument, value, expected })
  }
  const { convolutions = 'direct', precision = 'float32' } = shape
  if (!convolutionMethods.includes(convolutions)) refuse('convolutions', convolutions, convolutionMethods)
  if (!precisions.includes(precision)) refuse('precision', precision, precisions)
}

function refuse(argument: string, value: string, choices: readonly string[]): never {
  throw new InvalidArgumentError({ argument, value, expected: `one of ${choices.join(', ')}` })
}
