import { assertDepth } from './assert-depth.ts'
import { assertOptions } from './assert-options.ts'
import { assertPlanes } from './assert-planes.ts'
import { InvalidArgumentError } from './errors/index.ts'
import {
  assertImage,
  largestSample,
  type RasterImage,
  rasterImage,
  type SampleDepth,
  type Samples,
  sampleDepth,
} from './image.ts'
import { type AnyTensor, float32, type Tensor } from './tensor.ts'

/**
 * The colour of a picture as `[1, 3, height, width]` in −1…1 (2 · sample / largest − 1); grey is repeated, alpha left out.
 * @throws InvalidArgumentError if it is no picture.
 */
export function imageToTensor(image: RasterImage): Tensor<'float32'> {
  const { width, height, channels, data } = assertImage(image)
  const largest = largestSample(sampleDepth(image))
  const plane = width * height
  const values = new Float32Array(3 * plane)
  for (let c = 0; c < 3; c++) {
    const source = channels < 3 ? 0 : c
    for (let p = 0; p < plane; p++)
      values[c * plane + p] = Math.fround(2 * Math.fround(data[p * channels + source]! / largest)) - 1
  }
  return float32([1, 3, height, width], values)
}

/** How a tensor becomes a picture. */
export interface TensorToImageOptions {
  /** Which of the batch, from 0. Default 0. */
  readonly index?: number | undefined
  /** Bits of a sample. Default 8, rounded as the reference does (half to even). */
  readonly depth?: SampleDepth | undefined
}

const optionNames: Record<keyof TensorToImageOptions, true> = { index: true, depth: true }

/**
 * One picture of a float32 `[batch, 3, height, width]` tensor in −1…1, such as a session gives, as RGB, clamped and rounded.
 * @throws InvalidArgumentError if the tensor has another shape or type, or for an unknown option, an index that is not in the
 *   batch, another depth.
 */
export function tensorToImage(source: AnyTensor, options: TensorToImageOptions = {}): RasterImage {
  assertOptions(options, optionNames)
  const { index = 0, depth = 8 } = options
  assertDepth(depth)
  const [batch, channels, height, width] = assertPlanes(source)
  if (channels !== 3) {
    const expected = 'a shape [batch, 3, height, width]'
    throw new InvalidArgumentError({ argument: 'tensor', value: source.shape, expected })
  }
  if (!(Number.isInteger(index) && index >= 0 && index < batch)) {
    const expected = `a whole number from 0 to ${batch - 1}, one of the batch`
    throw new InvalidArgumentError({ argument: 'index', value: index, expected })
  }
  const plane = width * height
  const values = (source as Tensor<'float32'>).data.subarray(index * 3 * plane, (index + 1) * 3 * plane)
  return rasterImage(width, height, 3, depth === 16 ? samplesOf16Bits(values, plane) : samplesOf8Bits(values, plane))
}

function samplesOf8Bits(values: Float32Array, plane: number): Samples {
  const samples = new Uint8ClampedArray(3 * plane)
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < plane; p++) {
      // Storing into a Uint8ClampedArray clamps to 0…255 and rounds half to even.
      samples[p * 3 + c] = Math.fround(Math.fround(values[c * plane + p]! / 2 + 0.5) * 255)
    }
  }
  return new Uint8Array(samples.buffer)
}

function samplesOf16Bits(values: Float32Array, plane: number): Samples {
  const samples = new Uint16Array(3 * plane)
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < plane; p++)
      samples[p * 3 + c] = Math.round(Math.min(1, Math.max(0, values[c * plane + p]! / 2 + 0.5)) * 65535)
  }
  return samples
}
