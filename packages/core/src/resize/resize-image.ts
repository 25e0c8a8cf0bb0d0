import { assertImage, hasAlpha, type RasterImage, rasterImage } from '../image.ts'
import type { PictureMetadata } from '../picture-metadata.ts'
import { assertFilter, filterTaps, type ResizeFilter } from './filters.ts'
import { premultiplyBytes, premultiplyFloats, unpremultiplyBytes, unpremultiplyFloats } from './premultiply.ts'
import { type AxisView, resampleBytes, resampleFloats } from './resample-axis.ts'
import { assertSize, type Size } from './size.ts'

export type { ResizeFilter } from './filters.ts'
export type { Size } from './size.ts'

/**
 * Resizes a picture. 8-bit samples become exactly the bytes that Pillow's `Image.resize` gives: computed in fixed point,
 * horizontally first, rounded to 8 bits in between, colours premultiplied by alpha where there is one. 16-bit samples,
 * which Pillow does not resize in colour, go the same way in float32 and are rounded once. Metadata is kept, except that a
 * picture with a side of half its length or less is no longer taken for one with the traces of JPEG: they are about as fine as
 * the pixels that the filter merged.
 * @throws InvalidArgumentError if it is no picture, the size is not whole and positive, or there is no such filter.
 */
export function resizeImage(given: RasterImage, size: Size, filter: ResizeFilter): RasterImage {
  const image = assertImage(given)
  assertSize(size)
  // Where the size stays, no axis is resampled, which would ask for it.
  assertFilter(filter)
  const { channels, data, metadata } = image
  const isSame = size.width === image.width && size.height === image.height
  const premultiplied = hasAlpha(image) && filter !== 'nearest' && !isSame
  const resized =
    data.BYTES_PER_ELEMENT === 2
      ? resize16Bits(image, size, filter, premultiplied)
      : resize8Bits(image, size, filter, premultiplied)
  const merged = filter !== 'nearest' && (size.width * 2 <= image.width || size.height * 2 <= image.height)
  return rasterImage(size.width, size.height, channels, resized, merged ? withoutCompression(metadata) : metadata)
}

function withoutCompression(metadata: PictureMetadata | undefined): PictureMetadata | undefined {
  const { compression, ...kept } = metadata ?? {}
  return Object.keys(kept).length > 0 ? kept : undefined
}

function resize8Bits(image: RasterImage, size: Size, filter: ResizeFilter, premultiplied: boolean): Uint8Array {
  const source = image.data as Uint8Array
  const input = premultiplied ? premultiplyBytes(source, image.channels) : source
  const output = resizeAxes(input, image, size, filter, resampleBytes)
  if (premultiplied) return unpremultiplyBytes(output, image.channels)
  return output === source ? new Uint8Array(source) : output
}

function resize16Bits(image: RasterImage, size: Size, filter: ResizeFilter, premultiplied: boolean): Uint16Array {
  const source = new Float32Array(image.data)
  const input = premultiplied ? premultiplyFloats(source, image.channels) : source
  const output = resizeAxes(input, image, size, filter, resampleFloats)
  const colours = premultiplied ? unpremultiplyFloats(output, image.channels) : output
  const rounded = new Uint16Array(colours.length)
  for (let i = 0; i < rounded.length; i++) rounded[i] = Math.round(Math.min(65535, Math.max(0, colours[i]!)))
  return rounded
}

/** Resamples the axes that change: columns, then rows. */
function resizeAxes<T>(
  source: T,
  { width, height, channels }: RasterImage,
  size: Size,
  filter: ResizeFilter,
  resample: (source: T, view: AxisView, taps: ReturnType<typeof filterTaps>) => T,
): T {
  let data = source
  if (size.width !== width)
    data = resample(data, { outer: height, length: width, inner: channels }, filterTaps(filter, width, size.width))
  if (size.height !== height) {
    const view = { outer: 1, length: height, inner: size.width * channels }
    data = resample(data, view, filterTaps(filter, height, size.height))
  }
  return data
}
