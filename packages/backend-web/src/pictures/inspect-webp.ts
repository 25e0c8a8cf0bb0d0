import type { Size } from '@latentkit/core'

/** The size that a WebP file's first chunk tells (RFC 9649): `VP8X` of an extended file, `VP8 ` of a lossy or `VP8L` of a lossless one. */
export function webpSize(view: DataView): Size | undefined {
  if (view.byteLength < 30) return undefined
  const u16 = (at: number) => view.getUint16(at, true)
  const chunk = view.getUint32(12)
  if (chunk === 0x56503858) {
    const u24 = (at: number) => u16(at) + view.getUint8(at + 2) * 65536
    return { width: u24(24) + 1, height: u24(27) + 1 }
  }
  if (chunk === 0x56503820) return { width: u16(26) & 0x3fff, height: u16(28) & 0x3fff }
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  return undefined
}
