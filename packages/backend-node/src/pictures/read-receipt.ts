import { receiptOf } from '@latentkit/core'
import { readHeader } from './read-header.ts'
import { type PictureFile, readPictureFile } from './read-picture-file.ts'

/**
 * Reads how a picture was made, as `writeImage(path, image, { receipt })` wrote it.
 * @param source a path, a `file:` URL, the bytes of a picture file, or what `readPictureFile` gave
 * @returns the JSON value; undefined if the picture has none
 * @throws PictureError if the file is no picture that can be read, or its receipt is damaged.
 */
export async function readReceipt(source: string | URL | Uint8Array | PictureFile): Promise<unknown> {
  const file = await readPictureFile(source)
  const { xmpAsString } = await readHeader(file)
  return receiptOf(xmpAsString ?? '', file.picture)
}
