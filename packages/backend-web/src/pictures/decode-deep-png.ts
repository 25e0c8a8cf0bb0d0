import { type RasterImage, rasterImage } from '@latentkit/core'
import { crc32 } from './crc32.ts'
import { deepPngHeader } from './deep-png-header.ts'
import { inflate } from './inflate.ts'
import { pageBreaks } from './page-breaks.ts'
import { pngChunks } from './png-chunks.ts'
import type { PngPass } from './png-passes.ts'
import { pngRows } from './png-rows.ts'

/**
 * Decodes a PNG with 16-bit samples, which browsers round to 8 bits. Grey becomes RGB, a transparent colour becomes alpha.
 * No more is inflated than the picture's size calls for, and the page stays alive meanwhile.
 * @throws Error if header or pixels are damaged or cut off; other chunks do not matter.
 */
export async function decodeDeepPng(bytes: Uint8Array): Promise<RasterImage> {
  const header = deepPngHeader(bytes)
  const { width, height, samplesPerPixel, clearColour } = header
  const channels = samplesPerPixel % 2 === 0 || clearColour ? 4 : 3
  const samples = new Uint16Array(width * height * channels)
  const rows = pngRows({ ...header, bytesPerPixel: samplesPerPixel * 2 }, placeRow)

  const pageBreak = pageBreaks()
  for await (const part of inflate(pixelPieces(bytes))) {
    if (rows.take(part)) return rasterImage(width, height, channels, samples)
    await pageBreak()
  }
  throw new Error('Pixels are missing.')

  function placeRow(row: Uint8Array, { x, stepX, ...pass }: PngPass, y: number): void {
    const step = stepX * channels
    let to = ((pass.y + y * pass.stepY) * width + x) * channels
    const colours = samplesPerPixel < 3 ? 1 : 3
    for (let from = 0; from < row.length; from += samplesPerPixel * 2, to += step) {
      for (let c = 0; c < 3; c++) samples[to + c] = sampleAt(row, from + (c % colours) * 2)
      if (samplesPerPixel > colours) samples[to + 3] = sampleAt(row, from + colours * 2)
      else if (clearColour) samples[to + 3] = clearColour.every((byte, i) => row[from + i] === byte) ? 0 : 65535
    }
  }
}

function sampleAt(row: Uint8Array, at: number): number {
  return row[at]! * 256 + row[at + 1]!
}

/** Looks at this much at a time, so that the page stays alive. */
const pieceLength = 65_536

/** The compressed pixels. @throws Error before the last piece of a chunk that is damaged. */
function* pixelPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { name, body, crc } of pngChunks(bytes)) {
    if (name !== 'IDAT') continue
    let read = crc32(Uint8Array.of(0x49, 0x44, 0x41, 0x54))
    for (let at = 0; at < body.length; at += pieceLength) {
      const piece = body.subarray(at, at + pieceLength)
      read = crc32(piece, read)
      if (at + piece.length === body.length && read !== crc) throw new Error('Pixels are damaged.')
      yield piece
    }
  }
}
