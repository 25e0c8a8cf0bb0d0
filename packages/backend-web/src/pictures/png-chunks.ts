import { crc32 } from './crc32.ts'

/** A chunk of a PNG file (PNG specification, 5.3). */
export interface PngChunk {
  /** Four letters. */
  readonly name: string
  readonly body: Uint8Array
  /** The checksum of name and body that the file tells; undefined where it is cut off. */
  readonly crc: number | undefined
}

/** The chunks of a PNG file, as far as the bytes go; the body of the last one may be cut. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const end = at + 8 + length
    yield {
      name,
      body: bytes.subarray(at + 8, end),
      crc: end + 4 <= bytes.length ? view.getUint32(end) : undefined,
    }
    at = end + 4
  }
}

/** The chunks that stand before the pixels, where those that say how to read them have their place. */
export function* pngChunksBeforePixels(bytes: Uint8Array): Generator<PngChunk> {
  for (const chunk of pngChunks(bytes)) {
    if (chunk.name === 'IDAT') return
    yield chunk
  }
}

/** True if a chunk is as it was written. */
export function isIntact({ name, body, crc }: PngChunk): boolean {
  return crc === crc32(body, crc32(letters(name)))
}

/** A chunk as it stands in a file. */
export function encodePngChunk(name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(body.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, body.length)
  bytes.set(letters(name), 4)
  bytes.set(body, 8)
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)))
  return bytes
}

function letters(name: string): Uint8Array {
  return Uint8Array.from(name, (letter) => letter.charCodeAt(0))
}
