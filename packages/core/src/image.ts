import { assertDepth } from './assert-depth.ts'
import { isTypedArray } from './dtype.ts'
import { InvalidArgumentError } from './errors/index.ts'
import type { PictureMetadata } from './picture-metadata.ts'

/** Grey, grey + alpha, RGB, RGB + alpha. */
export type ChannelCount = 1 | 2 | 3 | 4

/** Bits of a sample. */
export type SampleDepth = 8 | 16

/** Samples of 8 bits (0…255) or of 16 (0…65535). */
export type Samples = Uint8Array | Uint16Array

/** A picture of sRGB samples, rows from the top, channels interleaved, alpha (if any) last and not premultiplied. */
export interface RasterImage {
  readonly width: number
  readonly height: number
  readonly channels: ChannelCount
  /** `height · width · channels` samples. */
  readonly data: Samples
  /** What the picture's file says beside the samples. */
  readonly metadata?: PictureMetadata
}

/**
 * Wraps samples as a picture. Those of a canvas (`ImageData`) are taken as bytes in the same place: written to as they are, every
 * number would be clamped where arithmetic wants it to wrap around.
 * @throws InvalidArgumentError if sizes are not whole and positive, or the samples are of another kind or number.
 */
export function rasterImage(
  width: number,
  height: number,
  channels: ChannelCount,
  data: Samples | Uint8ClampedArray,
  metadata?: PictureMetadata,
): RasterImage {
  for (const [argument, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new InvalidArgumentError({ argument, value, expected: 'a whole number of pixels above 0' })
  }
  if (![1, 2, 3, 4].includes(channels))
    throw new InvalidArgumentError({ argument: 'channels', value: channels, expected: '1, 2, 3 or 4' })
  if (!['Uint8Array', 'Uint8ClampedArray', 'Uint16Array'].some((kind) => isTypedArray(kind, data))) {
    const value = data?.constructor?.name ?? typeof data
    throw new InvalidArgumentError({ argument: 'data', value, expected: 'a Uint8Array or a Uint16Array of samples' })
  }
  const expected = width * height * channels
  if (data.length !== expected) {
    throw new InvalidArgumentError({
      argument: 'data.length',
      value: data.length,
      expected: `${expected} (${width}×${height}×${channels})`,
    })
  }
  return Object.freeze({
    width,
    height,
    channels,
    data: isTypedArray('Uint8ClampedArray', data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.length)
      : (data as Samples),
    ...(metadata && { metadata: Object.freeze({ ...metadata }) }),
  })
}

/**
 * A picture that somebody gives, checked as `rasterImage` checks it.
 * @throws InvalidArgumentError if it is none.
 */
export function assertImage(image: RasterImage): RasterImage {
  if (typeof image?.data !== 'object' || image.data === null) {
    const expected = 'a picture, such as readImage gives'
    const isResult = typeof image === 'object' && image !== null && 'images' in image
    const hint = isResult ? { hint: 'Of a result, give images[0].' } : {}
    throw new InvalidArgumentError({ argument: 'image', value: image, expected, ...hint })
  }
  const checked = rasterImage(image.width, image.height, image.channels, image.data, image.metadata)
  return checked.data === image.data ? image : checked
}

/** True if the last channel is alpha. */
export function hasAlpha(image: Pick<RasterImage, 'channels'>): boolean {
  return image.channels === 2 || image.channels === 4
}

/** True if nothing of the picture is transparent: it has no alpha, or all of it is full. */
export function isOpaque({ channels, data }: Pick<RasterImage, 'channels' | 'data'>): boolean {
  if (!hasAlpha({ channels })) return true
  const full = largestSample(sampleDepth({ data }))
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== full) return false
  return true
}

/** The same picture without its alpha, whatever that says; itself if it has none. @throws InvalidArgumentError if it is no picture. */
export function withoutAlpha(given: RasterImage): RasterImage {
  const image = assertImage(given)
  if (!hasAlpha(image)) return image
  const { width, height, channels, metadata } = image
  const colours = channels === 2 ? 1 : 3
  const data = zeroSamples(width * height * colours, sampleDepth(image))
  for (let to = 0, from = 0; to < data.length; from++)
    for (let c = 0; c < colours; c++) data[to++] = image.data[from * channels + c]!
  return rasterImage(width, height, colours, data, metadata)
}

/** Bits of each sample of a picture. */
export function sampleDepth(image: Pick<RasterImage, 'data'>): SampleDepth {
  return image.data.BYTES_PER_ELEMENT === 2 ? 16 : 8
}

/** The sample that means full light or full cover: 255 or 65535. */
export function largestSample(depth: SampleDepth): 255 | 65535 {
  return depth === 16 ? 65535 : 255
}

/** Zeros of the given depth. */
export function zeroSamples(length: number, depth: SampleDepth): Samples {
  return depth === 16 ? new Uint16Array(length) : new Uint8Array(length)
}

/**
 * The same picture with samples of `depth` bits, rounded to the nearest; itself if they are so already.
 * @throws InvalidArgumentError if it is no picture, or there is no such depth.
 */
export function withDepth(given: RasterImage, depth: SampleDepth): RasterImage {
  const image = assertImage(given)
  assertDepth(depth)
  if (sampleDepth(image) === depth) return image
  const { width, height, channels, metadata } = image
  const data = zeroSamples(image.data.length, depth)
  // 65535 = 255 · 257: the two scales fit exactly.
  for (let i = 0; i < data.length; i++) data[i] = depth === 16 ? image.data[i]! * 257 : Math.round(image.data[i]! / 257)
  return rasterImage(width, height, channels, data, metadata)
}
