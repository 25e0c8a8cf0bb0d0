import type { Size } from '@latentkit/core'
import { avifSize } from './inspect-avif.ts'
import { webpSize } from './inspect-webp.ts'
import { jpegSegments } from './jpeg-segments.ts'
import { pngChunksBeforePixels } from './png-chunks.ts'

/** What a picture file says about itself in its first bytes. */
export interface PictureHeader {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/avif' | 'image/bmp'
  /** Undefined where telling would take more than the first bytes. */
  readonly size?: Size
  /** True or false where the header alone decides it. */
  readonly alpha?: boolean
  /** True for 16-bit samples. */
  readonly deep?: boolean
}

/** Bytes that `inspectPicture` looks at most at; a JPEG's size may stand behind its thumbnail. */
export const headerBytes: number = 256 * 1024

/** Reads the kind and the size of a picture, without decoding it; undefined if it is none that browsers show as pixels. */
export function inspectPicture(bytes: Uint8Array): PictureHeader | undefined {
  const text = (start: number, end: number) => String.fromCharCode(...bytes.subarray(start, end))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const has = (length: number) => bytes.length >= length
  if (text(1, 8) === 'PNG\r\n\x1a\n' && has(29)) return inspectPng(bytes, view)
  if (view.byteLength > 3 && view.getUint16(0) === 0xffd8) return inspectJpeg(bytes)
  if (/^GIF8[79]a/.test(text(0, 6)) && has(10)) {
    return { type: 'image/gif', size: { width: view.getUint16(6, true), height: view.getUint16(8, true) } }
  }
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return withSize('image/webp', webpSize(view))
  if (text(4, 8) === 'ftyp' && /avi[fs]/.test(text(8, 72))) return withSize('image/avif', avifSize(view))
  if (text(0, 2) === 'BM' && has(26)) {
    const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))]
    return { type: 'image/bmp', size: { width, height }, alpha: false }
  }
  return undefined
}

function withSize(type: PictureHeader['type'], size: PictureHeader['size']): PictureHeader {
  return size ? { type, size } : { type }
}

function inspectPng(bytes: Uint8Array, view: DataView): PictureHeader {
  const size = { width: view.getUint32(16), height: view.getUint32(20) }
  const [depth, colourType] = [view.getUint8(24), view.getUint8(25)]
  const clearColour = [...pngChunksBeforePixels(bytes)].some(({ name }) => name === 'tRNS')
  const alpha = (colourType & 4) !== 0 || clearColour
  return { type: 'image/png', size, alpha, deep: depth === 16 }
}

/** The size stands in the start-of-frame segment, the first of C0…CF but for C4, C8 and CC. */
function inspectJpeg(bytes: Uint8Array): PictureHeader {
  for (const { marker, body } of jpegSegments(bytes)) {
    if (marker < 0xc0 || marker > 0xcf || [0xc4, 0xc8, 0xcc].includes(marker) || body.length < 5) continue
    const size = { width: body[3]! * 256 + body[4]!, height: body[1]! * 256 + body[2]! }
    return { type: 'image/jpeg', size, alpha: false }
  }
  return { type: 'image/jpeg', alpha: false }
}
