import { type RasterImage, type Samples, sampleDepth } from '@latentkit/core'
import { encodePngChunk } from './png-chunks.ts'

/** PNG colour types by number of channels. */
const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const

/**
 * Encodes a picture as PNG: every sample is kept, transparent ones too, which a canvas cannot do. Rows are filtered by the
 * difference to the row above or the pixel to the left, whichever gives smaller numbers (PNG specification, 12.7).
 * The picture's EXIF, XMP and density go with it.
 * @param text notes to keep in the file, by keyword (1 to 79 Latin letters), as `iTXt` chunks.
 */
export async function encodePng(image: RasterImage, text: Readonly<Record<string, string>> = {}): Promise<Blob> {
  const { width, height, channels, metadata } = image
  const depth = sampleDepth(image)
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, width)
  header.setUint32(4, height)
  header.setUint8(8, depth)
  header.setUint8(9, colourTypes[channels])
  const utf8 = new TextEncoder()
  const xmp = metadata?.xmp === undefined ? {} : { 'XML:com.adobe.xmp': metadata.xmp }
  const notes = Object.entries({ ...xmp, ...text }).map(([keyword, words]) =>
    encodePngChunk('iTXt', utf8.encode(`${keyword}\0\0\0\0\0${words}`)),
  )
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    encodePngChunk('IHDR', new Uint8Array(header.buffer)),
    encodePngChunk('sRGB', Uint8Array.of(0)),
    ...(metadata?.density ? [encodePngChunk('pHYs', perMetre(metadata.density))] : []),
    ...(metadata?.exif ? [encodePngChunk('eXIf', metadata.exif)] : []),
    ...notes,
    encodePngChunk('IDAT', await deflate(filterRows(bigEndianBytes(image.data), height, (channels * depth) / 8))),
    encodePngChunk('IEND', new Uint8Array()),
  ]
  return new Blob(parts as Uint8Array<ArrayBuffer>[], { type: 'image/png' })
}

/** Pixels per inch as PNG has them: per metre in both directions (PNG specification, 11.3.5.3). */
function perMetre(density: number): Uint8Array {
  const body = new DataView(new ArrayBuffer(9))
  for (const at of [0, 4]) body.setUint32(at, Math.round(density / 0.0254))
  body.setUint8(8, 1)
  return new Uint8Array(body.buffer)
}

/** Samples of 16 bits with the higher byte first, as PNG has them. */
function bigEndianBytes(samples: Samples): Uint8Array {
  if (samples instanceof Uint8Array) return samples
  const view = new DataView(new ArrayBuffer(samples.length * 2))
  for (let i = 0; i < samples.length; i++) view.setUint16(i * 2, samples[i]!)
  return new Uint8Array(view.buffer)
}

function filterRows(data: Uint8Array, height: number, bytesPerPixel: number): Uint8Array {
  const row = data.length / height
  const filtered = new Uint8Array((row + 1) * height)
  const candidates = [
    {
      filter: 1,
      bytes: new Uint8Array(row),
      before: (at: number, x: number) => (x < bytesPerPixel ? 0 : data[at - bytesPerPixel]!),
    },
    { filter: 2, bytes: new Uint8Array(row), before: (at: number) => (at < row ? 0 : data[at - row]!) },
  ]
  for (let y = 0; y < height; y++) {
    const sums = candidates.map(({ bytes, before }) => {
      let sum = 0
      for (let x = 0; x < row; x++) {
        const at = y * row + x
        bytes[x] = data[at]! - before(at, x)
        sum += bytes[x]! < 128 ? bytes[x]! : 256 - bytes[x]!
      }
      return sum
    })
    const best = candidates[sums[0]! <= sums[1]! ? 0 : 1]!
    filtered[y * (row + 1)] = best.filter
    filtered.set(best.bytes, y * (row + 1) + 1)
  }
  return filtered
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
