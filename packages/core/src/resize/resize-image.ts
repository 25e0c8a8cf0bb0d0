import { hasAlpha, type RasterImage, rasterImage } from '../image.ts'
import { filterTaps, type ResizeFilter } from './filters.ts'
import { resampleBytes } from './resample-axis.ts'
import { assertSize, type Size } from './size.ts'

export type { ResizeFilter } from './filters.ts'
export type { Size } from './size.ts'

/**
 * Resizes a picture to exactly the bytes that Pillow's `Image.resize` gives: samples in fixed point, horizontally first,
 * rounded to 8 bits in between, colours premultiplied by alpha where there is one.
 * @throws InvalidArgumentError if the size is not whole and positive.
 */
export function resizeImage(image: RasterImage, size: Size, filter: ResizeFilter): RasterImage {
  assertSize(size)
  const { width, height, channels } = image
  const premultiplied = hasAlpha(image) && filter !== 'nearest'
  let data = premultiplied ? premultiply(image) : image.data
  if (size.width !== width) {
    data = resampleBytes(data, { outer: height, length: width, inner: channels }, filterTaps(filter, width, size.width))
  }
  if (size.height !== height) {
    const view = { outer: 1, length: height, inner: size.width * channels }
    data = resampleBytes(data, view, filterTaps(filter, height, size.height))
  }
  const resized = rasterImage(size.width, size.height, channels, data === image.data ? data.slice() : data)
  return premultiplied ? { ...resized, data: unpremultiply(resized) } : resized
}

function premultiply({ channels, data }: RasterImage): Uint8Array {
  return mapColours(data, channels, (sample, alpha) => {
    const product = sample * alpha + 128
    return ((product >> 8) + product) >> 8
  })
}

function unpremultiply({ channels, data }: RasterImage): Uint8Array {
  return mapColours(data, channels, (sample, alpha) =>
    alpha === 0 || alpha === 255 ? sample : Math.min(255, Math.trunc((255 * sample) / alpha)),
  )
}

function mapColours(data: Uint8Array, channels: number, map: (sample: number, alpha: number) => number): Uint8Array {
  const mapped = data.slice()
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const alpha = data[pixel + channels - 1]!
    for (let c = pixel; c < pixel + channels - 1; c++) mapped[c] = map(data[c]!, alpha)
  }
  return mapped
}
