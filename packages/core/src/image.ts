import { InvalidArgumentError } from './errors/index.ts'
import { float32, type Tensor } from './tensor.ts'

/** Grey, grey + alpha, RGB, RGB + alpha. */
export type ChannelCount = 1 | 2 | 3 | 4

/** A picture of 8-bit sRGB samples, rows from the top, channels interleaved, alpha (if any) last and not premultiplied. */
export interface RasterImage {
  readonly width: number
  readonly height: number
  readonly channels: ChannelCount
  /** `height · width · channels` samples. */
  readonly data: Uint8Array
}

/**
 * Wraps samples as a picture.
 * @throws InvalidArgumentError if sizes are not whole and positive, or the number of samples does not fit.
 */
export function rasterImage(width: number, height: number, channels: ChannelCount, data: Uint8Array): RasterImage {
  for (const [argument, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new InvalidArgumentError({ argument, value, expected: 'a whole number of pixels above 0' })
  }
  if (![1, 2, 3, 4].includes(channels))
    throw new InvalidArgumentError({ argument: 'channels', value: channels, expected: '1, 2, 3 or 4' })
  const expected = width * height * channels
  if (data.length !== expected) {
    throw new InvalidArgumentError({
      argument: 'data.length',
      value: data.length,
      expected: `${expected} (${width}×${height}×${channels})`,
    })
  }
  return Object.freeze({ width, height, channels, data })
}

/** True if the last channel is alpha. */
export function hasAlpha(image: Pick<RasterImage, 'channels'>): boolean {
  return image.channels === 2 || image.channels === 4
}

/** The colour of a picture as `[1, 3, height, width]` in −1…1 (sample / 127.5 − 1); grey is repeated, alpha left out. */
export function imageToTensor(image: RasterImage): Tensor<'float32'> {
  const { width, height, channels, data } = image
  const plane = width * height
  const values = new Float32Array(3 * plane)
  for (let c = 0; c < 3; c++) {
    const source = channels < 3 ? 0 : c
    for (let p = 0; p < plane; p++)
      values[c * plane + p] = Math.fround(2 * Math.fround(data[p * channels + source]! / 255)) - 1
  }
  return float32([1, 3, height, width], values)
}

/** One picture of a `[batch, 3, height, width]` tensor in −1…1 as RGB, clamped and rounded half to even as the reference does. */
export function tensorToImage(source: Tensor<'float32'>, index = 0): RasterImage {
  const [batch, channels, height, width] = source.shape
  if (source.shape.length !== 4 || channels !== 3 || !(index < batch!)) {
    throw new InvalidArgumentError({
      argument: 'tensor',
      value: source.shape,
      expected: `a shape [batch above ${index}, 3, height, width]`,
    })
  }
  const plane = width! * height!
  const start = index * 3 * plane
  const samples = new Uint8ClampedArray(3 * plane)
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < plane; p++) {
      // Storing into a Uint8ClampedArray clamps to 0…255 and rounds half to even.
      samples[p * 3 + c] = Math.fround(Math.fround(source.data[start + c * plane + p]! / 2 + 0.5) * 255)
    }
  }
  return rasterImage(width!, height!, 3, new Uint8Array(samples.buffer))
}
