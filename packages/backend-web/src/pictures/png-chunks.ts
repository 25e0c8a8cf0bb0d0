/** A chunk of a PNG file (PNG specification, 5.3). */
export interface PngChunk {
  /** Four letters. */
  readonly name: string
  readonly body: Uint8Array
}

/** The chunks of a PNG file, as far as the bytes go; the body of the last one may be cut. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    yield { name, body: bytes.subarray(at + 8, at + 8 + length) }
    at += length + 12
  }
}
