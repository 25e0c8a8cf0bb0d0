import { PictureError, type RasterImage, rasterImage, type Size } from '@latentkit/core'
import { headerBytes, inspectPicture } from './inspect-picture.ts'
import { readPixels } from './read-pixels.ts'

export interface ReadImageOptions {
  /** Larger pictures are refused before they are decoded. Default 100 million pixels. */
  readonly maxPixels?: number
}

const formats = 'Give a PNG, JPEG, WebP, AVIF, GIF or BMP file.'

/**
 * Reads a picture as 8-bit sRGB, turned upright as its EXIF orientation says and converted from its colour profile, as
 * `readImage` of `@latentkit/backend-node` does. Alpha is kept; of an animation the first frame is read.
 * @throws PictureError if it is empty, damaged, too large, or no picture made of pixels (such as SVG or PDF).
 */
export async function readImage(source: Blob | Uint8Array, options: ReadImageOptions = {}): Promise<RasterImage> {
  const blob = source instanceof Blob ? source : new Blob([source as Uint8Array<ArrayBuffer>])
  const picture = (source as Partial<File>).name ?? 'picture'
  const fail = (problem: string, hint?: string, cause?: unknown): never => {
    throw new PictureError({ picture, problem, ...(hint ? { hint } : {}), cause })
  }
  if (blob.size === 0) fail('is empty', formats)
  const { maxPixels = 100e6 } = options
  const start = inspectPicture(await bytesOf(blob.slice(0, headerBytes), picture))
  // A JPEG's size may stand behind any amount of metadata.
  const header = start?.size ? start : inspectPicture(await bytesOf(blob, picture))
  if (!header) return fail('is not a picture that can be read', formats)
  if (header.size) checkSize(header.size, maxPixels, fail)

  // The browser goes by the type it is told.
  const typed = new Blob([blob], { type: header.type })
  const bitmap = await createImageBitmap(typed, {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'default',
    imageOrientation: 'from-image',
  }).catch((cause) => fail('is damaged or cut off', undefined, cause))
  try {
    checkSize(bitmap, maxPixels, fail)
    const rgba = readPixels(bitmap)
    const alpha = header.alpha ?? rgba.some((value, i) => i % 4 === 3 && value !== 255)
    return rasterImage(bitmap.width, bitmap.height, alpha ? 4 : 3, alpha ? rgba : withoutAlpha(rgba))
  } finally {
    bitmap.close()
  }
}

async function bytesOf(blob: Blob, picture: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (cause) {
    throw new PictureError({ picture, problem: 'may not be read, or has changed since it was picked', cause })
  }
}

function checkSize({ width, height }: Size, maxPixels: number, fail: (problem: string, hint?: string) => never): void {
  if (width < 1 || height < 1) fail('is damaged: it says it has no pixels')
  if (width * height > maxPixels) {
    const limit = Math.floor(maxPixels / 1e6)
    fail(`has ${width}×${height} pixels, more than the ${limit} million that are read`, 'Reduce it first.')
  }
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!
    rgb[to++] = rgba[from + 1]!
    rgb[to++] = rgba[from + 2]!
  }
  return rgb
}
