import { exifDensity, type PictureMetadata } from '@latentkit/core'
import type { PictureHeader } from './inspect-picture.ts'
import { pngChunks } from './png-chunks.ts'

/** EXIF, XMP and density as they stand in a PNG, JPEG or WebP file; of other kinds nothing is read. */
export async function readMetadata(bytes: Uint8Array, type: PictureHeader['type']): Promise<PictureMetadata> {
  if (type === 'image/png') return pngMetadata(bytes)
  if (type === 'image/jpeg') return jpegMetadata(bytes)
  return type === 'image/webp' ? webpMetadata(bytes) : {}
}

const ascii = (bytes: Uint8Array, start: number, end: number) => String.fromCharCode(...bytes.subarray(start, end))
const utf8 = new TextDecoder()

async function pngMetadata(bytes: Uint8Array): Promise<PictureMetadata> {
  let metadata: PictureMetadata = {}
  for (const { name, body } of pngChunks(bytes)) {
    if (name === 'eXIf') metadata = { ...metadata, exif: body }
    // Pixels per metre, if the last byte is 1.
    if (name === 'pHYs' && body[8] === 1) metadata = { ...metadata, ...density(uint32(body) * 0.0254) }
    if (ascii(body, 0, xmpKeyword.length) === xmpKeyword) {
      if (name === 'iTXt') metadata = { ...metadata, xmp: await internationalText(body) }
      if (name === 'zTXt') metadata = { ...metadata, xmp: await inflate(body.subarray(xmpKeyword.length + 1)) }
    }
  }
  return metadata
}

const xmpKeyword = 'XML:com.adobe.xmp\0'

/** The text of an `iTXt` chunk: it comes after keyword, compression, language and translated keyword (PNG, 11.3.4.5). */
async function internationalText(body: Uint8Array): Promise<string> {
  const keywordEnd = body.indexOf(0)
  const languageEnd = body.indexOf(0, keywordEnd + 3)
  const text = body.subarray(body.indexOf(0, languageEnd + 1) + 1)
  return body[keywordEnd + 1] === 0 ? utf8.decode(text) : inflate(text)
}

/** Empty where it is damaged, which does not spoil the picture. */
function inflate(text: Uint8Array): Promise<string> {
  const inflated = new Blob([text as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Response(inflated).text().catch(() => '')
}

const xmpSegment = 'http://ns.adobe.com/xap/1.0/\0'

/** Segments up to the one where the pixels begin (ISO/IEC 10918-1, B.2). */
function jpegMetadata(bytes: Uint8Array): PictureMetadata {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let metadata: PictureMetadata = {}
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const body = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2))
    const begins = (text: string) => ascii(body, 0, text.length) === text
    if (bytes[at + 1] === 0xe0 && begins('JFIF\0')) metadata = { ...metadata, ...jfifDensity(body) }
    if (bytes[at + 1] === 0xe1 && begins('Exif\0\0')) {
      metadata = { ...metadata, exif: body, ...density(exifDensity(body) ?? 0) }
    }
    if (bytes[at + 1] === 0xe1 && begins(xmpSegment)) {
      metadata = { xmp: utf8.decode(body.subarray(xmpSegment.length)), ...metadata }
    }
    at += 2 + view.getUint16(at + 2)
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
    if (name === 'XMP ') metadata = { ...metadata, xmp: utf8.decode(body) }
    at += 8 + length + (length % 2)
  }
  return metadata
}

/** One pixel per millimetre and less is what programs write that know nothing, and no density to sharp either. */
function density(perInch: number): PictureMetadata {
  return perInch > 25.4 ? { density: Math.round(perInch) } : {}
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}
