import type { PictureMetadata } from '@latentkit/core'
import type { Metadata } from 'sharp'
import { uprightExif } from './upright-exif.ts'

/** Larger EXIF does not fit a JPEG, nor the file that carries it to the other formats. */
const largestExif = 65_000

/** What is kept of a file's metadata for its pixels as they are read: upright, in sRGB. */
export function pictureMetadata(read: Metadata): PictureMetadata | undefined {
  const exif = read.exif && read.exif.length <= largestExif ? uprightExif(read.exif) : undefined
  const xmp = read.xmpAsString?.replace(/(tiff:Orientation(?:=["']|>))[2-8]/, '$11')
  const metadata: PictureMetadata = {
    ...(exif && { exif }),
    ...(xmp && { xmp }),
    ...(read.icc && isRGBProfile(read.icc) && { icc: new Uint8Array(read.icc) }),
    ...(read.density && { density: read.density }),
  }
  return Object.keys(metadata).length > 0 ? metadata : undefined
}

/** Profiles of grey and CMYK are not kept: the pixels that are read have become RGB. */
function isRGBProfile(icc: Uint8Array): boolean {
  return String.fromCharCode(...icc.subarray(16, 20)) === 'RGB '
}
