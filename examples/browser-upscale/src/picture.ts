import type { RasterImage, Size } from '@latentkit/core'
import { askPictureWorker } from './ask-picture-worker.ts'

/** A picture that the visitor chose. */
export interface Picture {
  readonly name: string
  readonly file: File
  readonly image: RasterImage
  /** Something about the file that the visitor should know; empty if there is nothing. */
  readonly note: string
}

/**
 * @param chosen How many files the visitor gave, of which this is the first picture.
 * @throws PictureError in words if it is no picture that can be read.
 */
export async function readPicture(file: File, chosen: number): Promise<Picture> {
  const ofAnimation = file.type === 'image/gif' ? ' Of an animation the first frame is used.' : ''
  const ofSeveral = chosen > 1 ? ` Of the ${chosen} files the first picture is used.` : ''
  return { name: file.name, file, image: await askPictureWorker({ kind: 'read', file }), note: ofAnimation + ofSeveral }
}

/** The picture in the size that is enlarged; itself if that is its own. */
export async function imageToEnlarge({ image }: Picture, size: Size): Promise<RasterImage> {
  return size === image ? image : askPictureWorker({ kind: 'reduce', image, size })
}
