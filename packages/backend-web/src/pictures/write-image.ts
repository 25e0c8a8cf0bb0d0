import {
  assertImage,
  assertOptions,
  hasAlpha,
  InvalidArgumentError,
  isOpaque,
  PictureError,
  type RasterImage,
  withDepth,
  withReceipt,
} from '@latentkit/core'
import { assertBrowser } from '../assert-browser.ts'
import { encodePng } from './encode-png.ts'

/** Formats that a browser can write. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp'

/** The format of a picture, and what goes into its file. */
export interface EncodeImageOptions {
  /** Default `image/png`, which keeps every sample. */
  readonly type?: PictureType | undefined
  /** Of JPEG and WebP: 1, small and coarse, to 100. Default 95. A PNG keeps every sample. */
  readonly quality?: number | undefined
  /** Notes to keep in a PNG, by keyword, such as `{ Software: 'my page' }`. */
  readonly text?: Readonly<Record<string, string>> | undefined
  /** How the picture was made: any JSON value. Kept in a PNG's XMP, where `readReceipt` of `@latentkit/backend-node` finds it. */
  readonly receipt?: unknown
}

const writeOptionNames: Readonly<Record<keyof Omit<EncodeImageOptions, 'type'>, true>> = {
  quality: true,
  text: true,
  receipt: true,
}
const optionNames: Readonly<Record<keyof EncodeImageOptions, true>> = { type: true, ...writeOptionNames }

const types: Readonly<Record<string, PictureType>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
}

/**
 * Encodes a picture as a file's content.
 * @param format an ending such as `.jpg` or `jpg`, or a path that has one, as Node's `encodeImage` takes it; or all options, `type` among them
 * @param options beside an ending
 * @throws PictureError if the ending is unknown, the format cannot hold the picture or the browser cannot write it;
 *   InvalidArgumentError if `image` is no picture (samples of another kind or number than it says), the quality is out of range,
 *   an option is unknown, or options are no object.
 */
export async function encodeImage(
  image: RasterImage,
  format: string | EncodeImageOptions = {},
  options: Omit<EncodeImageOptions, 'type'> = {},
): Promise<Blob> {
  assertOptions(options, writeOptionNames)
  if (typeof format === 'string') {
    // An ending may be given without its dot, which a file's name may not.
    const name = /^\w+$/.test(format) ? `.${format}` : format
    return encodeImage(image, { ...options, type: typeOf(name) })
  }
  assertOptions(format, optionNames)
  const checked = assertImage(image)
  const { type = 'image/png', quality = 95, text, receipt } = format
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw new InvalidArgumentError({ argument: 'quality', value: quality, expected: 'a whole number from 1 to 100' })
  const { metadata } = checked
  if (type === 'image/png') {
    if (receipt === undefined) return encodePng(checked, text)
    return encodePng({ ...checked, metadata: { ...metadata, xmp: withReceipt(metadata?.xmp, receipt) } }, text)
  }
  const picture = `picture as ${type}`
  if (receipt !== undefined)
    throw new PictureError({ picture, problem: 'a browser writes a receipt into PNG files only', hint: 'Use PNG.' })
  if (type === 'image/jpeg' && !isOpaque(checked)) {
    const problem = 'a JPEG cannot hold the transparency of this picture'
    throw new PictureError({ picture, problem, hint: 'Use PNG or WebP.' })
  }
  const { width, height } = checked
  assertBrowser('OffscreenCanvas')
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(imageData(checked), 0, 0)
  const blob = await canvas.convertToBlob({ type, quality: quality / 100 })
  if (blob.type !== type) throw new PictureError({ picture, problem: 'this browser cannot write it', hint: 'Use PNG.' })
  return blob
}

/**
 * Writes a picture in the format that the name's ending says (png, jpg, webp): into a file that the user has chosen
 * (`showSaveFilePicker`), or, given a name, as a download.
 * @throws PictureError if the ending is unknown or the format cannot hold the picture; InvalidArgumentError as `encodeImage`.
 */
export async function writeImage(
  target: string | FileSystemFileHandle,
  image: RasterImage,
  options: Omit<EncodeImageOptions, 'type'> = {},
): Promise<void> {
  const name = typeof target === 'string' ? target : target.name
  assertOptions(options, writeOptionNames)
  const blob = await encodeImage(image, { ...options, type: typeOf(name) })
  if (typeof target === 'string') return downloadBlob(name, blob)
  const file = await target.createWritable()
  await file.write(blob)
  await file.close()
}

function typeOf(name: string): PictureType {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  if (Object.hasOwn(types, ending)) return types[ending]!
  const problem = `"${ending && `.${ending}`}" is no picture format that can be written`
  throw new PictureError({ picture: name, problem, hint: 'Use one of .png, .jpg, .jpeg, .webp.' })
}

/**
 * A picture as a canvas takes it: 8 bits of red, green, blue and alpha.
 * @throws InvalidArgumentError if `image` is no picture.
 */
export function imageData(image: RasterImage): ImageData {
  const { width, height, channels, data } = withDepth(assertImage(image), 8)
  const rgba = new ImageData(width, height)
  const grey = channels < 3
  const alpha = hasAlpha({ channels })
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels
    for (let c = 0; c < 3; c++) rgba.data[pixel * 4 + c] = data[from + (grey ? 0 : c)]!
    rgba.data[pixel * 4 + 3] = alpha ? data[from + channels - 1]! : 255
  }
  return rgba
}

/** Hands the user a file as a download of that name. */
export function downloadBlob(name: string, blob: Blob): void {
  assertBrowser('document')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser takes the file some time after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
