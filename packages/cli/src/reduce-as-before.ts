import { InvalidArgumentError, PictureError, type RasterImage, resizeImage } from '@latentkit/core'

/**
 * A picture reduced as its receipt says, in the way that the page in the browser reduces large ones before it enlarges them.
 * @param reducedTo the receipt's words: `256×192` @param name of the picture, for errors
 * @throws InvalidArgumentError if that is no size; PictureError if the picture is smaller than that.
 */
export function reduceAsBefore(image: RasterImage, reducedTo: unknown, name: string): RasterImage {
  if (reducedTo === undefined) return image
  const [, width, height] = /^([1-9]\d*)×([1-9]\d*)$/.exec(String(reducedTo))?.map(Number) ?? []
  if (width === undefined || height === undefined) {
    const expected = 'a width and height in pixels, such as 256×192'
    throw new InvalidArgumentError({ argument: 'reducedTo of the receipt', value: reducedTo, expected })
  }
  if (width > image.width || height > image.height) {
    const problem = `has ${image.width}×${image.height} pixels, but what was enlarged had been reduced to ${reducedTo}`
    throw new PictureError({ picture: name, problem, hint: 'Name the right picture with --input.' })
  }
  return resizeImage(image, { width, height }, 'lanczos')
}
