import { hasAlpha, PictureError, type RasterImage, type Size } from '@latentkit/core'

/** No array has more items in the oldest Node that is supported, whatever their size; newer ones and browsers differ. */
const mostSamples = 2 ** 32

/** A picture, of which channels and samples may not be known. */
export type KnownSize = Size & Partial<Pick<RasterImage, 'channels' | 'data'>>

/**
 * Refuses, before the work, what no array could hold after it.
 * @param whole what the picture is enlarged to @param size what that is resized to @param batch how many lie in one array
 * @throws PictureError that says how large it may be.
 */
export function assertResultFits(picture: KnownSize, whole: Size, size: Size | undefined, batch = 1): void {
  const { width, height, channels = 3 } = picture
  const mostPixels = mostSamples / batch / (hasAlpha({ channels }) ? 4 : 3)
  const scale = (whole.width * whole.height) / (width * height)
  const fail = (problem: string, hint: string) =>
    new PictureError({ picture: `picture of ${width}×${height} pixels`, problem, hint })
  if (whole.width * whole.height > mostPixels) {
    const problem = `${whole.width}×${whole.height} pixels, which it is enlarged to, are more than an array can hold`
    throw fail(problem, `Reduce it to ${megapixels(mostPixels / scale)} or less first.`)
  }
  // Rows are made longer before there are more of them.
  if (size && size.width * Math.max(size.height, whole.height) > mostPixels) {
    const problem = `to become ${size.width}×${size.height} pixels it takes more than an array can hold`
    throw fail(problem, `Ask for a size of ${megapixels(mostPixels)} or less.`)
  }
}

/** Rounded down. */
function megapixels(pixels: number): string {
  return `${(Math.floor(pixels / 1e5) / 10).toFixed(1)} megapixels`
}
