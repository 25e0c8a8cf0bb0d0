import { type PictureMetadata, uprightMetadata } from '@latentkit/core'
import type { Metadata } from 'sharp'

/** What is kept of a file's metadata for its pixels as they are read: upright, in sRGB. */
export function pictureMetadata({
  exif,
  xmpAsString: xmp,
  icc,
  density,
  format,
}: Metadata): PictureMetadata | undefined {
  return uprightMetadata({
    ...(exif && { exif }),
    ...(xmp && { xmp }),
    ...(icc && isRGBProfile(icc) && { icc: new Uint8Array(icc) }),
    ...(density && { density }),
    ...(format === 'jpeg' && { compression: 'jpeg' as const }),
  })
}

/** Profiles of grey and CMYK are not kept: the pixels that are read have become RGB. */
function isRGBProfile(icc: Uint8Array): boolean {
  return String.fromCharCode(...icc.subarray(16, 20)) === 'RGB '
}
