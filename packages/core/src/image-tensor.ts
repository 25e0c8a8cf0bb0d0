import { InvalidArgumentError } from './errors/index.ts'
import { largestSample, type RasterImage, rasterImage, type SampleDepth, type Samples, sampleDepth } from './image.ts'
import { float32, type Tensor } from './tensor.ts'

/** The colour of a picture as `[1, 3, height, width]` in −1…1 (2 · sample / largest − 1); grey is repeated, alpha left out. */
export function imageToTensor(image: RasterImage): Tensor<'float32'> {
  const { width, height, channels, data } = image
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
  /** Which of the batch. Default 0. */
  readonly index?: number
  /** Bits of a sample. Default 8, rounded as the reference does (half to even). */
  readonly depth?: SampleDepth
}

/**
 * One picture of a `[batch, 3, height, width]` tensor in −1…1 as RGB, clamped and rounded.
 * @throws InvalidArgumentError if the tensor has another shape.
 */
export function tensorToImage(source: Tensor<'float32'>, options: TensorToImageOptions = {}): RasterImage {
  const { index = 0, depth = 8 } = options
  const [batch, channels, height, width] = source.shape
  if (source.shape.length !== 4 || channels !== 3 || !(index < batch!)) {
    throw new InvalidArgumentError({
      argument: 'tensor',
      value: source.shape,
      expected: `a shape [batch above ${index}, 3, height, width]`,
    })
  }
  const plane = width! * height!
  const values = source.data.subarray(index * 3 * plane, (index + 1) * 3 * plane)
  return rasterImage(width!, height!, 3, depth === 16 ? samplesOf16Bits(values, plane) : samplesOf8Bits(values, plane))
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
