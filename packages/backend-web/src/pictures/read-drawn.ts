import { InvalidArgumentError, type RasterImage, rasterImage, withoutAlpha } from '@latentkit/core'
import { assertBrowser } from '../assert-browser.ts'
import { isOpaque, readPixels } from './read-pixels.ts'

/** Pixels that are there already: of a canvas, an image, a video or a frame of one. */
export type DrawnPicture = ImageData | CanvasImageSource

const kinds = [
  'ImageData',
  'ImageBitmap',
  'HTMLCanvasElement',
  'OffscreenCanvas',
  'HTMLImageElement',
  'SVGImageElement',
  'HTMLVideoElement',
  'VideoFrame',
]

/** What an object is, of whatever page or frame. */
export function kindOf(source: unknown): string {
  return Object.prototype.toString.call(source).slice(8, -1)
}

export function isDrawn(source: unknown): source is DrawnPicture {
  return kinds.includes(kindOf(source))
}

/**
 * The pixels as sRGB of 8 bits; without alpha if nothing is transparent.
 * @throws InvalidArgumentError if there is nothing to be seen yet, or the page may not look at it.
 */
export async function readDrawn(source: DrawnPicture): Promise<RasterImage> {
  const { width, height, rgba } = await pixelsOf(source)
  const image = rasterImage(width, height, 4, rgba)
  return isOpaque(rgba) ? withoutAlpha(image) : image
}

async function pixelsOf(source: DrawnPicture): Promise<{ width: number; height: number; rgba: Uint8Array }> {
  if (kindOf(source) === 'ImageData') {
    const { width, height, data, colorSpace } = source as ImageData
    if (colorSpace === 'srgb' && data instanceof Uint8ClampedArray) return { width, height, rgba: new Uint8Array(data) }
  }
  assertBrowser('createImageBitmap')
  try {
    const bitmap = await createImageBitmap(source, { premultiplyAlpha: 'none', colorSpaceConversion: 'default' })
    try {
      return { width: bitmap.width, height: bitmap.height, rgba: readPixels(bitmap) }
    } finally {
      bitmap.close()
    }
  } catch (cause) {
    const expected = `one with pixels that this page may see (${(cause as Error).message.replace(/\.$/, '')})`
    throw new InvalidArgumentError({ argument: 'source', value: source, expected })
  }
}
