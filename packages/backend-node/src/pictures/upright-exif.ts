/** Tag of IFD0 that says how the picture lies (EXIF 2.32, 4.6.4). */
const orientationTag = 0x0112

/**
 * EXIF of a picture that has been turned upright: its orientation is 1, and its thumbnail, which still lies as before, is
 * left out. Everything else keeps its place. Undefined if the bytes are no EXIF.
 * @param exif with or without `Exif\0\0` in front
 */
export function uprightExif(exif: Uint8Array): Uint8Array | undefined {
  const prefixed = Buffer.from(exif.buffer, exif.byteOffset, exif.length).toString('latin1', 0, 4) === 'Exif'
  // A copy: `slice` of a Buffer would be none.
  const upright = new Uint8Array(exif.subarray(prefixed ? 6 : 0))
  const view = new DataView(upright.buffer)
  if (upright.length < 8) return undefined
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  const start = view.getUint32(4, little)
  if (start + 2 > upright.length) return undefined
  const end = start + 2 + view.getUint16(start, little) * 12
  if (end + 4 > upright.length) return undefined
  for (let entry = start + 2; entry < end; entry += 12) {
    if (view.getUint16(entry, little) === orientationTag) view.setUint16(entry + 8, 1, little)
  }
  // Where the next directory, the thumbnail's, would be.
  view.setUint32(end, 0, little)
  return upright
}
