import { readFile } from 'node:fs/promises'
import { type ChannelCount, PictureError, type RasterImage, rasterImage } from '@latentkit/core'
import sharp from 'sharp'

/**
 * Reads a picture (JPEG, PNG, WebP, AVIF, TIFF, GIF, …) as 8-bit sRGB, turned upright as its EXIF orientation says and
 * converted from its colour profile. Alpha is kept; of several pages the first is read.
 * @param source a path, or the bytes of a picture file
 * @throws PictureError if the file is missing, empty, damaged or no picture.
 */
export async function readImage(source: string | Uint8Array): Promise<RasterImage> {
  const picture = typeof source === 'string' ? source : 'picture'
  const bytes = typeof source === 'string' ? await readPictureFile(source) : source
  if (bytes.length === 0)
    throw new PictureError({ picture, problem: 'is empty', hint: 'Give a JPEG, PNG, WebP, AVIF or TIFF file.' })
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return rasterImage(
      info.width,
      info.height,
      info.channels as ChannelCount,
      new Uint8Array(data.buffer, data.byteOffset, data.length),
    )
  } catch (cause) {
    const words = (cause as Error).message
    if (/unsupported image format/i.test(words)) {
      throw new PictureError({
        picture,
        problem: 'is not a picture that can be read',
        hint: 'Give a JPEG, PNG, WebP, AVIF or TIFF file.',
        cause,
      })
    }
    throw new PictureError({ picture, problem: `is damaged or cut off: ${firstLine(words)}`, cause })
  }
}

async function readPictureFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const problems: Record<string, string> = {
      ENOENT: 'no such file',
      EISDIR: 'is a folder, not a picture',
      EACCES: 'may not be read',
    }
    throw new PictureError({ picture: path, problem: problems[code ?? ''] ?? message, cause })
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]!.replace(/\.$/, '')
}
