import { type RasterImage, rasterImage, sampleDepth, zeroSamples } from '@latentkit/core'

type Place = readonly [x: number, y: number]

/** Where each pixel of the upright picture lies in one of `w`×`h` pixels, by EXIF's orientation (EXIF 2.32, 4.6.4). */
const places: Readonly<Record<number, (x: number, y: number, w: number, h: number) => Place>> = {
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
}

/** Turns a picture upright. @param orientation 1 to 8; itself for 1. */
export function turnUpright(image: RasterImage, orientation: number): RasterImage {
  const placeOf = places[orientation]
  if (!placeOf) return image
  const { width, height, channels, data, metadata } = image
  const turned = zeroSamples(data.length, sampleDepth(image))
  const [newWidth, newHeight] = orientation > 4 ? [height, width] : [width, height]
  for (let y = 0, to = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [fromX, fromY] = placeOf(x, y, width, height)
      const from = (fromY * width + fromX) * channels
      for (let c = 0; c < channels; c++) turned[to++] = data[from + c]!
    }
  }
  return rasterImage(newWidth, newHeight, channels, turned, metadata)
}
