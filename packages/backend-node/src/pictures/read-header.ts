import { PictureError } from '@latentkit/core'
import sharp, { type Metadata } from 'sharp'
import { moreThreadsHint } from '../runtime/thread-hint.ts'
import type { PictureFile } from './read-picture-file.ts'

/**
 * What a picture file says beside its samples; these are not decoded.
 * @throws PictureError if the file is damaged.
 */
export async function readHeader({ picture, bytes }: PictureFile): Promise<Metadata> {
  try {
    return await sharp(bytes, { failOn: 'none', limitInputPixels: false }).metadata()
  } catch (cause) {
    throw damagedPicture(picture, cause)
  }
}

/** GLib's words. */
const noMoreThreads = /Error creating thread/

/** A file that its decoder gives up. */
export function damagedPicture(picture: string, cause: unknown, hint?: string): PictureError {
  // libvips cannot unpack the 8-bit Lab of TIFF.
  if (/bad labq format/.test((cause as Error).message)) {
    const problem = 'has 8-bit Lab samples, which cannot be read'
    return new PictureError({ picture, problem, hint: 'Save it as 16-bit Lab or as RGB.', cause })
  }
  if (/tiled separate planes not supported/.test((cause as Error).message)) {
    const problem = 'has its colours in tiles of separate planes, which cannot be read'
    return new PictureError({ picture, problem, hint: 'Save it with its samples side by side, or in strips.', cause })
  }
  if (noMoreThreads.test((cause as Error).message)) {
    const problem = 'cannot be read: the system gives this process no more threads'
    return new PictureError({ picture, problem, hint: moreThreadsHint, cause })
  }
  const problem = `is damaged or cut off: ${firstLine(cause)}`
  return new PictureError({ picture, problem, ...(hint && { hint }), cause })
}

/** The first line of an error's words, without its full stop. */
export function firstLine(error: unknown): string {
  return (error as Error).message.trim().split('\n')[0]!.replace(/\.$/, '')
}
