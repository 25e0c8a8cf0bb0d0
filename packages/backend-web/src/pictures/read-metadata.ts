import { exifDensity, type PictureMetadata } from '@latentkit/core'
import type { PictureHeader } from './inspect-picture.ts'
import { jpegSegments } from './jpeg-segments.ts'
import { type PngChunk, pngChunks } from './png-chunks.ts'
import { decodeText, isPngXMP, pngXMP } from './png-xmp.ts'

/** EXIF and XMP as they stand in a PNG, JPEG or WebP file, and the density of the former two; of other kinds nothing is read. */
export async function readMetadata(bytes: Uint8Array, type: PictureHeader['type']): Promise<PictureMetadata> {
  if (type === 'image/png') return pngMetadata(bytes)
  if (type === 'image/jpeg') return jpegMetadata(bytes)
  return type === 'image/webp' ? webpMetadata(bytes) : {}
}

const ascii = (bytes: Uint8Array, start: number, end: number) => String.fromCharCode(...bytes.subarray(start, end))

async function pngMetadata(bytes: Uint8Array): Promise<PictureMetadata> {
  let metadata: PictureMetadata = {}
  let packet: PngChunk | undefined
  for (const chunk of pngChunks(bytes)) {
    const { name, body } = chunk
    if (name === 'eXIf') metadata = { ...metadata, exif: body }
    // Pixels per metre, if the last byte is 1.
    if (name === 'pHYs' && body[8] === 1) metadata = { ...metadata, ...density(uint32(body) * 0.0254) }
    // Of several ones the last counts, as in sharp, and no other is inflated: there may be very many.
    if (isPngXMP(chunk)) packet = chunk
  }
  return packet ? { ...metadata, ...(await pngXMP(packet)) } : metadata
}

const xmpSegment = 'http://ns.adobe.com/xap/1.0/\0'

function jpegMetadata(bytes: Uint8Array): PictureMetadata {
  let metadata: PictureMetadata = {}
  for (const { marker, body } of jpegSegments(bytes)) {
    const begins = (text: string) => ascii(body, 0, text.length) === text
    if (marker === 0xe0 && begins('JFIF\0')) metadata = { ...metadata, ...jfifDensity(body) }
    // Of several ones the first counts.
    if (marker === 0xe1 && begins('Exif\0\0') && !metadata.exif) {
      metadata = { ...metadata, exif: body, ...density(exifDensity(body) ?? 0) }
    }
    if (marker === 0xe1 && begins(xmpSegment)) metadata = { ...xmp(body.subarray(xmpSegment.length)), ...metadata }
  }
  return metadata
}

/** Dots per inch or centimetre (JFIF 1.02). */
function jfifDensity(body: Uint8Array): PictureMetadata {
  const [unit, value] = [body[7], body[8]! * 256 + body[9]!]
  if (unit === 1) return density(value)
  return unit === 2 ? density(value * 2.54) : {}
}

/** Chunks of a WebP file (RFC 9649). */
function webpMetadata(bytes: Uint8Array): PictureMetadata {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let metadata: PictureMetadata = {}
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    const body = bytes.subarray(at + 8, at + 8 + length)
    const name = ascii(bytes, at, at + 4)
    if (name === 'EXIF') metadata = { ...metadata, exif: body }
    if (name === 'XMP ') metadata = { ...metadata, ...xmp(body) }
    at += 8 + length + (length % 2)
  }
  return metadata
}

/** One pixel per millimetre and less is what programs write that know nothing, and no density to sharp either. */
function density(perInch: number): PictureMetadata {
  return perInch > 25.4 ? { density: Math.round(perInch) } : {}
}

function xmp(utf8: Uint8Array): PictureMetadata {
  const text = decodeText(utf8)
  return text === undefined ? {} : { xmp: text }
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}
