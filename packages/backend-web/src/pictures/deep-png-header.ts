import type { Size } from '@latentkit/core'
import { isIntact, pngChunksBeforePixels } from './png-chunks.ts'

/** How the pixels of a PNG with 16-bit samples are stored. */
export interface DeepPngHeader extends Size {
  /** Grey, grey and alpha, RGB, RGB and alpha. */
  readonly samplesPerPixel: 1 | 2 | 3 | 4
  readonly interlaced: boolean
  /** The colour that is transparent, as bytes of a pixel; undefined if none, or if it is damaged. */
  readonly clearColour: Uint8Array | undefined
}

/** By colour type (PNG specification, 11.2.1); palettes have no 16 bits. */
const samplesByType: Readonly<Record<number, DeepPngHeader['samplesPerPixel']>> = { 0: 1, 2: 3, 4: 2, 6: 4 }

/** @throws Error if the header is damaged, or there are two. */
export function deepPngHeader(bytes: Uint8Array): DeepPngHeader {
  const [header, ...others] = pngChunksBeforePixels(bytes)
  const first = header?.name === 'IHDR' && header.body.length === 13 && isIntact(header)
  if (!first || others.some(({ name }) => name === 'IHDR')) throw new Error('The header is damaged.')
  const view = new DataView(header.body.buffer, header.body.byteOffset)
  const [depth, colourType, methods, interlace] = [
    view.getUint8(8),
    view.getUint8(9),
    view.getUint16(10),
    view.getUint8(12),
  ]
  const samplesPerPixel = samplesByType[colourType]
  if (depth !== 16 || !samplesPerPixel || methods !== 0 || interlace > 1)
    throw new Error('The header says what no PNG with 16 bits may say.')
  // Only pictures without alpha have it.
  const clearLength = samplesPerPixel % 2 === 1 ? samplesPerPixel * 2 : 0
  const clear = others.find((chunk) => chunk.name === 'tRNS' && chunk.body.length === clearLength && isIntact(chunk))
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    samplesPerPixel,
    interlaced: interlace === 1,
    clearColour: clearLength > 0 ? clear?.body : undefined,
  }
}
