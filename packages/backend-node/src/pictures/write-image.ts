import { access, constants, stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
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
  const { width, height, channels } = image
  const raw = sharp(image.data, { raw: { width, height, channels } })
  try {
    await writeAtomically(path, await encoders[extname(path).toLowerCase()]!(raw).toBuffer())
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/**
 * Finds out whether a picture could be written to `path`, before the work of making it.
 * @throws PictureError as `writeImage` would.
 */
export async function assertWritable(path: string, image: Pick<RasterImage, 'channels'>): Promise<void> {
  const ending = extname(path).toLowerCase()
  const endings = Object.keys(encoders).join(', ')
  if (!encoders[ending]) {
    throw new PictureError({
      picture: path,
      problem: `"${ending}" is no picture format that can be written`,
      hint: `Use one of ${endings}.`,
    })
  }
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
    await access(dirname(path), constants.W_OK)
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
