import { readImage } from '@latentkit/backend-web'
import { type RasterImage, resizeImage, type Size } from '@latentkit/core'
import { element } from './elements.ts'
import { reducedSize } from './picture-size.ts'

/** A picture that the visitor chose. */
export interface Picture {
  readonly name: string
  readonly file: File
  readonly image: RasterImage
  /** Something about the file that the visitor should know; empty if there is nothing. */
  readonly note: string
}

/** @throws PictureError in words if it is no picture that can be read. */
export async function readPicture(file: File): Promise<Picture> {
  const note = file.type === 'image/gif' ? ' Of an animation the first frame is used.' : ''
  return { name: file.name, file, image: await readImage(file), note }
}

/** The size that is enlarged: that of the picture, or a smaller one if that is wished. */
export function sizeToEnlarge({ image }: Picture): Size {
  return (element<HTMLInputElement>('reduce').checked && reducedSize(image)) || image
}

/** The picture in the size that is enlarged; itself if that is its own. */
export function imageToEnlarge({ image }: Picture, size: Size): RasterImage {
  return size === image ? image : resizeImage(image, size, 'lanczos')
}
