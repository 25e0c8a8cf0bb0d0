import { extname } from 'node:path'

/** Formats that are read. */
export type PictureFormat = 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'TIFF' | 'GIF'

/** What a file is by its first bytes: a format that is read, or what else in words; undefined if nothing that is known. */
export type FileKind = { readonly format: PictureFormat } | { readonly other: string; readonly hint?: string }

/** Bytes that `fileKind` looks at. */
export const headBytes = 1024

/** The formats that are read, for a sentence. */
export const readableFormats = 'Give a JPEG, PNG, WebP, AVIF, TIFF or GIF file.'

const convert = 'Convert it to JPEG, PNG or TIFF first.'

const begins =
  (...beginnings: readonly string[]) =>
  (text: string) =>
    beginnings.some((beginning) => text.startsWith(beginning))

/** The box that films and pictures of the ISO base media format begin with names what they are. */
const isBrand = (brands: RegExp) => (text: string) => text.slice(4, 8) === 'ftyp' && brands.test(text.slice(8, 72))

/** How files begin; of several that fit the first counts. */
const kinds: readonly (readonly [(text: string) => boolean, FileKind])[] = [
  [begins('\xff\xd8\xff'), { format: 'JPEG' }],
  [begins('\x89PNG\r\n\x1a\n'), { format: 'PNG' }],
  [(text) => text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP', { format: 'WebP' }],
  [begins('GIF87a', 'GIF89a'), { format: 'GIF' }],
  [begins('II*\0\x10\0\0\0CR'), { other: 'is a camera raw file', hint: 'Develop it to TIFF or JPEG first.' }],
  [begins('II*\0', 'II+\0', 'MM\0*', 'MM\0+'), { format: 'TIFF' }],
  [isBrand(/avi[fs]/), { format: 'AVIF' }],
  [isBrand(/^(he[iv][cxms]|mif1|msf1)/), { other: 'is a HEIC picture, which cannot be read', hint: convert }],
  [begins('\xff\x0a', '\0\0\0\x0cJXL '), { other: 'is a JPEG XL picture, which cannot be read', hint: convert }],
  [begins('\0\0\0\x0cjP', '\xffO\xffQ'), { other: 'is a JPEG 2000 picture, which cannot be read', hint: convert }],
  [begins('BM'), { other: 'is a BMP picture, which cannot be read', hint: convert }],
  [begins('8BPS'), { other: 'is a Photoshop document, which cannot be read', hint: convert }],
  [begins('%PDF'), { other: 'is a PDF document, not a picture', hint: readableFormats }],
  [isBrand(/^/), { other: 'is a film, not a picture', hint: readableFormats }],
  [(text) => /<svg[\s>]/.test(text), { other: 'is an SVG drawing, not a picture made of pixels', hint: convert }],
]

/** Tells what a file is by its first bytes. */
export function fileKind(head: Uint8Array): FileKind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, headBytes)).toString('latin1')
  return kinds.find(([fits]) => fits(text))?.[1]
}

const endings: Readonly<Record<string, PictureFormat>> = {
  '.jpg': 'JPEG',
  '.jpeg': 'JPEG',
  '.png': 'PNG',
  '.webp': 'WebP',
  '.avif': 'AVIF',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
  '.gif': 'GIF',
}

/** The format that a file's name promises; undefined if it promises none that is known. */
export function formatOfName(path: string): PictureFormat | undefined {
  return endings[extname(path).toLowerCase()]
}
