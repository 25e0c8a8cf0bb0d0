/** A segment of a JPEG file (ISO/IEC 10918-1, B.1.1.4). */
export interface JpegSegment {
  /** The marker's second byte. */
  readonly marker: number
  /** What follows the length. */
  readonly body: Uint8Array
}

const startOfScan = 0xda

/** The segments before the pixels, as far as the bytes go; the body of the last one may be cut. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; bytes[at] === 0xff; ) {
    // Any number of 0xff may stand before a marker (B.1.1.2).
    while (bytes[at + 1] === 0xff) at += 1
    const marker = bytes[at + 1]
    if (marker === undefined || marker === startOfScan || at + 4 > bytes.length) return
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!
    yield { marker, body: bytes.subarray(at + 4, at + 2 + length) }
    at += 2 + length
  }
}
