import { extname } from 'node:path'
import { InvalidArgumentError, isOpaque, PictureError, type RasterImage, type SampleDepth } from '@latentkit/core'
import type { Sharp } from 'sharp'
import { shortName } from './picture-place.ts'

/** A format that is written, and what it can hold. */
export interface PictureEncoder {
  readonly name: string
  /** @param quality 1 to 100; lossless formats have none */
  readonly encode: (image: Sharp, bytes: number, quality?: number) => Sharp
  readonly depth: SampleDepth
  readonly alpha: boolean
  /** Pixels of its longest side at most. */
  readonly largestSide: number
  /** Bytes of XMP at most; sharp leaves longer ones out. */
  readonly largestXMP: number
}

const noLimit = Number.POSITIVE_INFINITY

const png: PictureEncoder = {
  name: 'PNG',
  encode: (image) => image.png(),
  depth: 16,
  alpha: true,
  largestSide: noLimit,
  largestXMP: noLimit,
}
const jpeg: PictureEncoder = {
  name: 'JPEG',
  encode: (image, _, quality = 95) => image.jpeg({ quality, chromaSubsampling: '4:4:4' }),
  depth: 8,
  alpha: false,
  largestSide: 65_535,
  largestXMP: 60_000,
}
const webp: PictureEncoder = {
  name: 'WebP',
  encode: (image, _, quality = 95) => image.webp({ quality }),
  depth: 8,
  alpha: true,
  largestSide: 16_383,
  largestXMP: noLimit,
}
const avif: PictureEncoder = {
  name: 'AVIF',
  encode: (image, _, quality = 80) => image.avif({ quality }),
  depth: 8,
  alpha: true,
  largestSide: 16_384,
  largestXMP: noLimit,
}
const tiff: PictureEncoder = {
  name: 'TIFF',
  // Offsets in a plain TIFF have 32 bits; noise may grow a little when it is compressed.
  encode: (image, bytes) => image.tiff({ compression: 'lzw', predictor: 'horizontal', bigtiff: bytes > 2 ** 31 }),
  depth: 16,
  alpha: true,
  largestSide: noLimit,
  largestXMP: noLimit,
}

const encoders: Readonly<Record<string, PictureEncoder>> = {
  '.png': png,
  '.jpg': jpeg,
  '.jpeg': jpeg,
  '.webp': webp,
  '.avif': avif,
  '.tif': tiff,
  '.tiff': tiff,
}

/** What is to be written: a picture, or as much as is known of it. */
export interface PictureShape {
  readonly channels: RasterImage['channels']
  /** Its samples; without them, a picture with alpha is taken to be transparent. */
  readonly data?: RasterImage['data'] | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/**
 * The encoder that a name's ending asks for.
 * @param name a path, or an ending such as `.png`
 * @throws PictureError if there is none, or it cannot hold the picture; InvalidArgumentError for what is no name or no shape.
 */
export function encoderFor(name: string, shape: PictureShape): PictureEncoder {
  if (typeof name !== 'string')
    throw new InvalidArgumentError({ argument: 'ending', value: name, expected: 'an ending such as .png' })
  if (![1, 2, 3, 4].includes(shape?.channels))
    throw new InvalidArgumentError({ argument: 'channels', value: shape?.channels, expected: '1, 2, 3 or 4' })
  const { channels, data, width = 1, height = 1 } = shape
  const ending = (extname(name) || name).toLowerCase()
  const encoder = Object.hasOwn(encoders, ending) ? encoders[ending]! : undefined
  const fail = (problem: string, hint: string) => new PictureError({ picture: shortName(name), problem, hint })
  if (!encoder) {
    const shown = ending.startsWith('.') ? shortName(ending) : ''
    throw fail(`"${shown}" is no picture format that can be written`, `Use one of ${Object.keys(encoders).join(', ')}.`)
  }
  if (!encoder.alpha && channels % 2 === 0 && !(data && isOpaque({ channels, data })))
    throw fail(`a ${encoder.name} cannot hold the transparency of this picture`, 'Use .png or .webp.')
  if (Math.max(width, height) > encoder.largestSide) {
    const side = `${encoder.largestSide} pixels a side`
    throw fail(`a ${encoder.name} holds at most ${side}, not ${width}×${height}`, 'Use .png or .tif.')
  }
  return encoder
}
