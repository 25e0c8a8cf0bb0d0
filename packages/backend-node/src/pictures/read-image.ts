import {
  assertOptions,
  type ChannelCount,
  InvalidArgumentError,
  isSRGBProfile,
  type OnProgress,
  PictureError,
  type RasterImage,
  rasterImage,
  type SampleDepth,
} from '@latentkit/core'
import sharp, { type Metadata, type Sharp } from 'sharp'
import { formatOfName } from './picture-format.ts'
import { pictureMetadata } from './picture-metadata.ts'
import { pngFrames } from './png-frames.ts'
import { damagedPicture, firstLine, readHeader } from './read-header.ts'
import { type PictureSource, readPictureFile } from './read-picture-file.ts'

/** How a picture is read. */
export interface ReadImageOptions {
  /** Larger pictures are refused before they are decoded. Default 100 million pixels; `Infinity` reads any. */
  readonly maxPixels?: number | undefined
  /** Reads a damaged or cut file as far as it goes, with a warning. Default: an error. */
  readonly allowTruncated?: boolean | undefined
  /**
   * Receives warnings: `picture_name` (the name's ending says another format), `picture_pages` (only the first of several
   * is read), `picture_damaged`.
   */
  readonly onProgress?: OnProgress | undefined
}

const optionNames: Record<keyof ReadImageOptions, true> = { maxPixels: true, allowTruncated: true, onProgress: true }

/**
 * Reads a picture (JPEG, PNG, WebP, AVIF, TIFF, GIF) as sRGB, turned upright as its EXIF orientation says and converted
 * from its colour profile. Grey, palettes, CMYK and Lab become RGB; alpha is kept; 16-bit samples stay 16-bit. EXIF, XMP,
 * density and an RGB profile are in `metadata`. Of several pages the first is read.
 * @param source a path, a `file:` URL, the bytes of a picture file (also as a `Blob`), or what `readPictureFile` gave
 * @throws PictureError if the file is missing, empty, damaged, too large or no picture that can be read; InvalidArgumentError
 *   for unknown options, or if `maxPixels` is not above 0.
 */
export async function readImage(source: PictureSource, options: ReadImageOptions = {}): Promise<RasterImage> {
  assertOptions(options, optionNames)
  const { maxPixels = 100e6, onProgress } = options
  if (!(typeof maxPixels === 'number' && maxPixels > 0))
    throw new InvalidArgumentError({ argument: 'maxPixels', value: maxPixels, expected: 'a number above 0' })
  const file = await readPictureFile(source)
  const { picture, bytes, format } = file
  const warn = (code: string, message: string) =>
    onProgress?.({ type: 'warning', code, message: `${picture}: ${message}.` })

  const header = await readHeader(file)
  const { width, height } = header.autoOrient
  if (width * height > maxPixels) {
    throw new PictureError({
      picture,
      problem: `has ${width}×${height} pixels, more than the ${maxPixels} that are read`,
      hint: 'Reduce it first, or raise maxPixels.',
    })
  }
  const named = formatOfName(picture)
  if (named && named !== format) warn('picture_name', `is a ${format}, though its name says ${named}`)
  const pages = format === 'PNG' ? pngFrames(bytes) : (header.pages ?? 1)
  if (pages > 1) warn('picture_pages', `has ${pages} pages; only the first is read`)

  const depth = depthOf(picture, header)
  const { data, info } = await decode(depth, false).catch((cause) => {
    if (!options.allowTruncated) throw damagedPicture(picture, cause, 'allowTruncated reads it as far as it goes.')
    warn('picture_damaged', `is damaged or cut off (${firstLine(cause)}); read as far as it goes`)
    return decode(depth, true).catch((again) => {
      throw damagedPicture(picture, again)
    })
  })
  if (info.channels > 4)
    throw new PictureError({ picture, problem: `has ${info.channels} channels; at most 4 are read` })
  const samples = depth === 16 ? uint16Samples(data) : new Uint8Array(data.buffer, data.byteOffset, data.length)
  return rasterImage(info.width, info.height, info.channels as ChannelCount, samples, pictureMetadata(header))

  function decode(depth: SampleDepth, allowDamage: boolean) {
    const upright = sharp(bytes, {
      failOn: allowDamage ? 'none' : 'error',
      limitInputPixels: false,
      ignoreIcc: saysSRGB(header),
    }).autoOrient()
    return toSRGB(upright, depth, header).toBuffer({ resolveWithObject: true })
  }
}

/** Samples that are sRGB already are left as they are: Little CMS would change those of 16 bits by up to 5 levels of 255. */
function saysSRGB({ icc }: Metadata): boolean {
  return icc !== undefined && isSRGBProfile(icc)
}

function toSRGB(image: Sharp, depth: SampleDepth, header: Metadata): Sharp {
  if (depth === 8) return image.toColourspace('srgb').raw({ depth: 'uchar' })
  const deep = image.toColourspace('rgb16')
  // sharp brings 16-bit pixels with a profile to Display P3, and from there only if asked.
  return (header.space === 'rgb16' && header.icc && !saysSRGB(header) ? deep.withIccProfile('srgb') : deep).raw({
    depth: 'ushort',
  })
}

/** Bits that the samples of a file need. sharp converts CMYK in 8 bits. */
function depthOf(picture: string, { depth, space }: Metadata): SampleDepth {
  if (depth === 'uchar' || depth === 'char' || space === 'cmyk') return 8
  if (depth === 'ushort' || depth === 'short' || space === 'scrgb') return 16
  // What their black and white are is not known.
  throw new PictureError({ picture, problem: `has samples of type ${depth}`, hint: 'Save it with 8 or 16 bits.' })
}

function uint16Samples(data: Buffer): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : Buffer.from(data)
  return new Uint16Array(aligned.buffer, aligned.byteOffset, data.length / 2)
}
