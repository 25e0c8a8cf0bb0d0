import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assertImage,
  assertOptions,
  InvalidArgumentError,
  PictureError,
  type RasterImage,
  sampleDepth,
  withDepth,
  withoutAlpha,
  withReceipt,
} from '@latentkit/core'
import sharp, { type Sharp } from 'sharp'
import { metadataCarrier } from './metadata-carrier.ts'
import { encoderFor, type PictureEncoder, type PictureShape } from './picture-encoders.ts'
import { shortName } from './picture-place.ts'
import { firstLine } from './read-header.ts'

/** How a picture is encoded. */
export interface EncodeImageOptions {
  /**
   * The colours of the file: sRGB without a profile (default), or those of the profile that the picture was read with,
   * converted back and with the profile embedded. A picture without one becomes sRGB.
   */
  readonly profile?: 'srgb' | 'original' | undefined
  /** Of JPEG and WebP (default 95) and AVIF (80): 1, small and coarse, to 100. PNG and TIFF keep every sample. */
  readonly quality?: number | undefined
  /** How the picture was made: any JSON value. Kept in the file's XMP, beside what the picture's own XMP says. */
  readonly receipt?: unknown
}

const optionNames: Record<keyof EncodeImageOptions, true> = { profile: true, quality: true, receipt: true }

/**
 * The bytes of a picture file, with the picture's EXIF (not in a TIFF), XMP and density. PNG and TIFF keep 16-bit samples;
 * for the others they are rounded to 8 bits.
 * @param ending of a file of the wanted format, such as `.jpg` or `jpg`; default `.png`
 * @throws PictureError if the ending is unknown or the format cannot hold the picture; InvalidArgumentError for what is no
 *   picture, unknown options, or a quality out of range.
 */
export async function encodeImage(
  image: RasterImage,
  ending: string = '.png',
  options: EncodeImageOptions = {},
): Promise<Uint8Array> {
  const given = assertImage(image)
  assertOptions(options, optionNames)
  const encoder = encoderFor(withDot(ending), given)
  const { profile, quality } = options
  if (profile !== undefined && profile !== 'srgb' && profile !== 'original')
    throw new InvalidArgumentError({ argument: 'profile', value: profile, expected: 'srgb or original' })
  if (quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new InvalidArgumentError({ argument: 'quality', value: quality, expected: 'a whole number from 1 to 100' })
  }
  const { metadata } = given
  const xmp = outputXMP(encoder, metadata?.xmp, options.receipt)
  const icc = profile === 'original' ? metadata?.icc : undefined
  // What the format cannot hold is full everywhere, or was refused.
  const source = withDepth(encoder.alpha ? given : withoutAlpha(given), encoder.depth === 16 ? sampleDepth(given) : 8)

  let file = pixels(source)
  if (metadata?.exif || icc) {
    file = file.boolean(Buffer.from(await metadataCarrier({ exif: metadata?.exif, srgb: icc !== undefined })), 'or')
    // Uncalibrated (65535) leaves it to the profile (EXIF 2.32, 4.6.5).
    if (metadata?.exif) file = file.withExifMerge({ IFD2: { ColorSpace: icc ? '65535' : '1' } })
  }
  if (metadata?.density) file = file.withDensity(metadata.density)
  if (xmp) file = file.withXmp(xmp)
  const encoded = (pixels: Sharp) =>
    encoder
      .encode(pixels, source.data.byteLength, quality)
      .toBuffer()
      .catch((cause) => {
        throw new PictureError({ picture: shortName(ending), problem: `cannot be encoded: ${firstLine(cause)}`, cause })
      })
  return icc ? withProfileFile(icc, (path) => encoded(file.withIccProfile(path))) : encoded(file)
}

/**
 * Finds out whether a format could hold a picture, before the work of making it.
 * @param ending of a file of the format, such as `.png` or `png` @param image its channels, and its size and samples where they are known
 * @throws PictureError and InvalidArgumentError as `encodeImage` would.
 */
export function assertEncodable(ending: string, image: PictureShape): void {
  encoderFor(withDot(ending), image)
}

/** An ending may be given without its dot, which a file's name may not. */
function withDot(ending: string): string {
  return typeof ending === 'string' && /^\w+$/.test(ending) ? `.${ending}` : ending
}

function pixels({ width, height, channels, data }: RasterImage): Sharp {
  const raw = sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
  return data instanceof Uint16Array ? raw.toColourspace('rgb16') : raw
}

/** The XMP to write; where both do not fit, the receipt alone. */
function outputXMP({ name, largestXMP }: PictureEncoder, xmp: string | undefined, receipt: unknown) {
  if (receipt === undefined) return xmp
  const fitting = [xmp, undefined]
    .map((packet) => withReceipt(packet, receipt))
    .find((packet) => Buffer.byteLength(packet) <= largestXMP)
  if (fitting) return fitting
  const problem = `a ${name} cannot hold a receipt that takes more than ${largestXMP} bytes`
  throw new PictureError({ picture: name, problem, hint: 'Use another format.' })
}

/** sharp takes profiles as files. */
async function withProfileFile<T>(icc: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const fail = (cause: unknown) => {
    const problem = `nothing can be written to the folder for temporary files, ${tmpdir()}, which a colour profile needs`
    const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR'
    throw new PictureError({ picture: 'picture', problem, hint: `Set ${variable} to another one.`, cause })
  }
  const folder = await mkdtemp(join(tmpdir(), 'latentkit-')).catch(fail)
  try {
    const path = join(folder, 'profile.icc')
    await writeFile(path, icc).catch(fail)
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
