import { access, constants, stat } from 'node:fs/promises'
import { dirname, extname, sep } from 'node:path'
import { hasAlpha, PictureError, type RasterImage } from '@latentkit/core'
import sharp, { type Sharp } from 'sharp'
import { writeAtomically } from '../files/write-atomically.ts'

const encoders: Readonly<Record<string, (image: Sharp) => Sharp>> = {
  '.png': (image) => image.png(),
  '.jpg': encodeJpeg,
  '.jpeg': encodeJpeg,
  '.webp': (image) => image.webp({ quality: 95 }),
  '.avif': (image) => image.avif({ quality: 80 }),
  '.tif': (image) => image.tiff({ compression: 'lzw' }),
  '.tiff': (image) => image.tiff({ compression: 'lzw' }),
}

function encodeJpeg(image: Sharp): Sharp {
  return image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
}

/**
 * Writes a picture in the format that the path's ending names (png, jpg, webp, avif, tif). The file appears whole or not
 * at all; one that is there is replaced.
 * @throws PictureError if the ending is unknown, the format cannot hold the picture, or the place cannot be written.
 */
export async function writeImage(path: string, image: RasterImage): Promise<void> {
  await assertWritable(path, image)
  try {
    await writeAtomically(path, await encodeImage(image, extname(path)))
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/**
 * The bytes of a picture file.
 * @param ending of a file of the wanted format, such as `.png`
 * @throws PictureError if the ending is unknown.
 */
export async function encodeImage(image: RasterImage, ending: string): Promise<Uint8Array> {
  const encode = encoders[ending.toLowerCase()]
  if (!encode) throw unknownEnding(ending, ending)
  const { width, height, channels, data } = image
  return encode(sharp(data, { raw: { width, height, channels } })).toBuffer()
}

function unknownEnding(picture: string, ending: string): PictureError {
  const problem = `"${ending}" is no picture format that can be written`
  return new PictureError({ picture, problem, hint: `Use one of ${Object.keys(encoders).join(', ')}.` })
}

/**
 * Finds out whether a picture could be written to `path`, before the work of making it.
 * @throws PictureError as `writeImage` would.
 */
export async function assertWritable(path: string, image: Pick<RasterImage, 'channels'>): Promise<void> {
  const ending = extname(path).toLowerCase()
  if (!encoders[ending]) throw unknownEnding(path, ending)
  if (hasAlpha(image) && encoders[ending] === encodeJpeg) {
    throw new PictureError({
      picture: path,
      problem: 'a JPEG cannot hold the transparency of this picture',
      hint: 'Use .png or .webp.',
    })
  }
  const status = await stat(path).catch(() => undefined)
  if (status?.isDirectory())
    throw new PictureError({ picture: path, problem: 'is a folder', hint: 'Name a file in it.' })
  try {
    // With a separator, so that a file in the folder's place is refused, too.
    await access(dirname(path) + sep, constants.W_OK)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

function unwritable(path: string, cause: unknown): PictureError {
  const { code, message } = cause as NodeJS.ErrnoException
  const problems: Record<string, string> = {
    ENOENT: `the folder ${dirname(path)} does not exist`,
    ENOTDIR: `${dirname(path)} is not a folder`,
    EACCES: 'may not be written',
    EROFS: 'may not be written: the disk is read-only',
    ENOSPC: 'cannot be written: the disk is full',
  }
  return new PictureError({ picture: path, problem: problems[code ?? ''] ?? `cannot be written: ${message}`, cause })
}
