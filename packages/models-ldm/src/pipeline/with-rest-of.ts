import { hasAlpha, type RasterImage, rasterImage, resizeImage, sampleDepth, zeroSamples } from '@latentkit/core'

/** Gives the enlarged colours the transparency of the small picture, enlarged by itself, and its metadata. */
export function withRestOf(small: RasterImage, { width, height, channels, data }: RasterImage): RasterImage {
  // What JPEG did to the small picture it has not done to this one.
  const { compression, ...kept } = small.metadata ?? {}
  const metadata = Object.keys(kept).length > 0 ? kept : undefined
  if (!hasAlpha(small)) return rasterImage(width, height, channels, data, metadata)
  const depth = sampleDepth(small)
  const alpha = zeroSamples(small.width * small.height, depth)
  for (let pixel = 0; pixel < alpha.length; pixel++) alpha[pixel] = small.data[(pixel + 1) * small.channels - 1]!
  const enlarged = resizeImage(rasterImage(small.width, small.height, 1, alpha), { width, height }, 'bicubic').data
  const joined = zeroSamples(width * height * 4, depth)
  for (let pixel = 0; pixel < enlarged.length; pixel++) {
    for (let c = 0; c < 3; c++) joined[pixel * 4 + c] = data[pixel * 3 + c]!
    joined[pixel * 4 + 3] = enlarged[pixel]!
  }
  return rasterImage(width, height, 4, joined, metadata)
}
