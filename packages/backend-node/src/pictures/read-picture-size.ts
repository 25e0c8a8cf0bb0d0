import type { Size } from '@latentkit/core'
import { readHeader } from './read-header.ts'
import { type PictureSource, readPictureFile } from './read-picture-file.ts'

/**
 * The size that `readImage` will give a picture, upright, from what the file says of it: samples are not decoded.
 * @param source a path, a `file:` URL, the bytes of a picture file (also as a `Blob`), or what `readPictureFile` gave
 * @throws PictureError if the file is no picture that can be read, or is damaged.
 */
export async function readPictureSize(source: PictureSource): Promise<Size> {
  const { width, height } = (await readHeader(await readPictureFile(source))).autoOrient
  return { width, height }
}
