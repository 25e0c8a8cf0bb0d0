/**
 * Frames of a PNG: what its animation control chunk says, which stands before the pixels (PNG specification, third edition,
 * `acTL`), or 1. libvips does not tell them.
 */
export function pngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // A chunk: the length of its content, a name of four letters, the content, a checksum.
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (name === 'acTL') return view.getUint32(at + 8)
    if (name === 'IDAT') break
  }
  return 1
}
