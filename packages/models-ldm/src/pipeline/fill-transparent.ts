import { hasAlpha, type RasterImage, rasterImage, sampleDepth, zeroSamples } from '@latentkit/core'

/**
 * Gives pixels that nothing is seen of the colours of what is seen nearby. What their file says is arbitrary, mostly black, and
 * the networks would carry it into the visible edge beside it.
 */
export function fillTransparent(image: RasterImage): RasterImage {
  if (!hasAlpha(image) || !someHidden(image)) return image
  const { width, height, channels, metadata } = image
  const data = zeroSamples(image.data.length, sampleDepth(image))
  data.set(image.data)
  const level = { width, height, channels, data }
  // Where nothing at all is seen there is nothing to take colours from.
  if (fill(level)) return rasterImage(width, height, channels, data, metadata)
  return image
}

/** Colours with their cover last, as in a picture. */
interface Level {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array | Uint16Array | Float32Array
}

function someHidden({ channels, data }: Level): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] === 0) return true
  return false
}

/** Fills a level's hidden pixels from its reduction, filled in the same way; false if nothing is seen at all. */
function fill(level: Level): boolean {
  if (!someHidden(level)) return true
  const { width, height, channels, data } = level
  if (width === 1 && height === 1) return false
  const half = reduce(level)
  if (!fill(half)) return false
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels
      if (data[at + channels - 1] !== 0) continue
      const from = ((y >> 1) * half.width + (x >> 1)) * channels
      for (let c = 0; c < channels - 1; c++) data[at + c] = Math.round(half.data[from + c]!)
    }
  }
  return true
}

/** At half the size, rounded up: the mean of the colours, each weighed by its cover, and the sum of the covers. */
function reduce({ width, height, channels, data }: Level): Level {
  const alpha = channels - 1
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1, channels }
  const means = new Float32Array(half.width * half.height * channels)
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const to = (y * half.width + x) * channels
      let total = 0
      for (let row = 2 * y; row < Math.min(2 * y + 2, height); row++) {
        for (let column = 2 * x; column < Math.min(2 * x + 2, width); column++) {
          const at = (row * width + column) * channels
          const cover = data[at + alpha]!
          total += cover
          for (let c = 0; c < alpha; c++) means[to + c]! += cover * data[at + c]!
        }
      }
      for (let c = 0; c < alpha; c++) means[to + c]! /= total || 1
      means[to + alpha] = total
    }
  }
  return { ...half, data: means }
}
