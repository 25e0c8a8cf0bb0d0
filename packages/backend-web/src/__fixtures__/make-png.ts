import { encodePngChunk } from '../pictures/png-chunks.ts'

const zeros = (length: number) => new Uint8Array(length)

/** Bytes as a zlib stream. */
export async function deflate(...parts: Uint8Array[]): Promise<Uint8Array> {
  const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** Millions of zeros as a zlib stream, a thousand times smaller. */
export const zerosDeflated = (millions: number): Promise<Uint8Array> =>
  deflate(...Array<Uint8Array>(millions).fill(zeros(1e6)))

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = zeros(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

export function numbers(bytesEach: 2 | 4, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytesEach))
  values.forEach((value, i) => {
    if (bytesEach === 2) view.setUint16(i * 2, value)
    else view.setUint32(i * 4, value)
  })
  return new Uint8Array(view.buffer)
}

export const chunk: typeof encodePngChunk = encodePngChunk

/** A chunk with a wrong checksum. */
export function damagedChunk(name: string, body: Uint8Array): Uint8Array {
  const bytes = chunk(name, body)
  bytes[bytes.length - 1]! ^= 1
  return bytes
}

/** A 16-bit PNG's first chunk. */
export const header = (width: number, height: number, colourType = 2): Uint8Array =>
  chunk('IHDR', concat(numbers(4, width, height), Uint8Array.of(16, colourType, 0, 0, 0)))

/** Unfiltered rows of 16-bit samples that grow by 1000. */
export function ramp(width: number, height: number, channels: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) =>
    concat(zeros(1), numbers(2, ...Array.from({ length: width * channels }, (_, i) => (y * 77 + i * 1000) % 65536))),
  )
  return concat(...rows)
}

export const png = (...chunks: Uint8Array[]): Uint8Array =>
  concat(latin('\x89PNG\r\n\x1a\n'), ...chunks, chunk('IEND', zeros(0)))
