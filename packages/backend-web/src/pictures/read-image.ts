import {
  assertOptions,
  InvalidArgumentError,
  PictureError,
  type RasterImage,
  rasterImage,
  recognizePicture,
  type Size,
  takeOrientation,
  uprightMetadata,
} from '@latentkit/core'
import { assertBrowser } from '../assert-browser.ts'
import { decodeDeepPng } from './decode-deep-png.ts'
import { headerBytes, inspectPicture, type PictureHeader } from './inspect-picture.ts'
import { isSRGBPng } from './is-srgb-png.ts'
import { type DrawnPicture, isDrawn, kindOf, readDrawn } from './read-drawn.ts'
import { readMetadata } from './read-metadata.ts'
import { isOpaque, readPixels } from './read-pixels.ts'
import { turnUpright } from './turn-upright.ts'

/** What pictures are read. */
export interface ReadImageOptions {
  /** Larger pictures are refused before they are decoded. Above 0; `Infinity` refuses none. Default 100 million pixels. */
  readonly maxPixels?: number | undefined
}

const optionNames: Readonly<Record<keyof ReadImageOptions, true>> = { maxPixels: true }

const readable = ['PNG', 'JPEG', 'WebP', 'AVIF', 'GIF', 'BMP'] as const

/**
 * Reads a picture as sRGB, turned upright as its EXIF orientation says and converted from its colour profile, as `readImage`
 * of `@latentkit/backend-node` does. Alpha is kept; of an animation the first frame is read. Samples have 8 bits, or 16 from
 * a 16-bit PNG whose profile, code points, gamma and primaries say sRGB or nothing. EXIF and XMP of PNG, JPEG and WebP,
 * and density of PNG and JPEG, are in `metadata`.
 * @param source a file's content, or pixels that are there already: of an `ImageData`, a canvas, an image, a video …
 * @throws PictureError if it is empty, damaged, too large, or no picture made of pixels (such as SVG or PDF); InvalidArgumentError
 *   for an unknown option, a `maxPixels` that is no number above 0, or a source that is none of these.
 */
export async function readImage(
  source: Blob | Uint8Array | DrawnPicture,
  options: ReadImageOptions = {},
): Promise<RasterImage> {
  assertOptions(options, optionNames)
  const { maxPixels = 100e6 } = options
  if (!(typeof maxPixels === 'number' && maxPixels > 0))
    throw new InvalidArgumentError({ argument: 'maxPixels', value: maxPixels, expected: 'a number above 0' })
  const blob = isDrawn(source) ? undefined : contentOf(source)
  const picture = (blob && (source as Partial<File>).name) ?? 'picture'
  const fail: Fail = (problem, hint, cause) => {
    throw new PictureError({ picture, problem, ...(hint ? { hint } : {}), cause })
  }
  if (!blob) {
    const drawn = await readDrawn(source as DrawnPicture)
    checkSize(drawn, maxPixels, fail)
    return drawn
  }
  const head = await bytesOf(blob.slice(0, headerBytes), fail)
  const recognized = recognizePicture(head, readable)
  if ('problem' in recognized) return fail(recognized.problem, recognized.hint)
  const start = inspectPicture(head)
  if (!start) return fail(damaged)
  if (start.size) checkSize(start.size, maxPixels, fail)
  const bytes = await bytesOf(blob, fail)
  // A JPEG's size, and a PNG's profile, may stand behind any amount of metadata.
  const header = inspectPicture(bytes)!
  if (header.size) checkSize(header.size, maxPixels, fail)

  const read = await readMetadata(bytes, header.type)
  const deep = header.deep && (await isSRGBPng(bytes))
  // Taken out of the file, since browsers turn a JPEG and leave a WebP as it lies.
  const orientation = read.exif ? takeOrientation(read.exif) : 1
  const image = deep
    ? await decodeDeepPng(bytes).catch((cause) => fail(damaged, undefined, cause))
    : await decodeByBrowser(bytes, header, maxPixels, fail)
  const { width, height, channels, data } = turnUpright(image, orientation)
  const compression = header.type === 'image/jpeg' ? { compression: 'jpeg' as const } : {}
  return rasterImage(width, height, channels, data, uprightMetadata({ ...read, ...compression }))
}

function contentOf(source: Blob | Uint8Array): Blob {
  if (source instanceof Blob) return source
  // Those of other pages and frames are none of this one's classes.
  if (['Blob', 'File', 'ArrayBuffer'].includes(kindOf(source)) || ArrayBuffer.isView(source))
    return new Blob([source as Uint8Array<ArrayBuffer>])
  const hint = { Response: 'Give await response.blob().', String: 'Of an address, fetch it.' }[kindOf(source)]
  throw new InvalidArgumentError({
    argument: 'source',
    value: source,
    expected: 'a Blob, a Uint8Array, or pixels (an ImageData, a canvas, an image, a video …)',
    ...(hint !== undefined && { hint }),
  })
}

type Fail = (problem: string, hint?: string, cause?: unknown) => never
const damaged = 'is damaged or cut off'

async function decodeByBrowser(
  bytes: Uint8Array,
  { type, alpha: hasAlpha }: PictureHeader,
  maxPixels: number,
  fail: Fail,
): Promise<RasterImage> {
  assertBrowser('createImageBitmap')
  // The browser goes by the type it is told.
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'default',
    imageOrientation: 'from-image',
  }).catch((cause) => fail(damaged, undefined, cause))
  try {
    checkSize(bitmap, maxPixels, fail)
    const rgba = readPixels(bitmap, hasAlpha)
    const alpha = hasAlpha ?? !isOpaque(rgba)
    return rasterImage(bitmap.width, bitmap.height, alpha ? 4 : 3, alpha ? rgba : withoutAlpha(rgba))
  } finally {
    bitmap.close()
  }
}

async function bytesOf(blob: Blob, fail: Fail): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch (cause) {
    return fail('may not be read, or has changed since it was picked', undefined, cause)
  }
}

function checkSize({ width, height }: Size, maxPixels: number, fail: Fail): void {
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
