import type { Size } from '@latentkit/core'

/** The largest size among the parts that an AVIF file tells of (`ispe` boxes, ISO 23008-12, 6.5.3): that of the picture itself. */
export function avifSize(view: DataView): Size | undefined {
  let largest: Size | undefined
  for (let at = 4; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size
  }
  return largest
}
