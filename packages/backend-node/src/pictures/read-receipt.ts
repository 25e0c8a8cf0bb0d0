import { receiptOf } from '@latentkit/core'
import { readHeader } from './read-header.ts'
import { type PictureSource, readPictureFile } from './read-picture-file.ts'

/**
 * Reads how a picture was made, as `writeImage(path, image, { receipt })` wrote it.
 * @param source a path, a `file:` URL, the bytes of a picture file (also as a `Blob`), or what `readPictureFile` gave
 * @returns the JSON value; undefined if the picture has none
 * @throws PictureError if the file is no picture that can be read, or its receipt is damaged.
 */
export async function readReceipt(source: PictureSource): Promise<unknown> {
  const file = await readPictureFile(source)
  const { xmpAsString } = await readHeader(file)
  return receiptOf(xmpAsString ?? '', file.picture)
}
