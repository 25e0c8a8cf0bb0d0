import sharp from 'sharp'

/** What a carrier carries. */
export interface Carried {
  readonly exif?: Uint8Array | undefined
  /** Says that the pixels it is joined with are sRGB, so that they can be brought to another profile. */
  readonly srgb?: boolean
}

/**
 * A picture of one black pixel that has the given metadata, as a JPEG. sharp writes only metadata that it has read from a
 * picture; joined to another by a bitwise *or* with nothing, this one hands its metadata on and changes no sample.
 */
export async function metadataCarrier({ exif, srgb }: Carried): Promise<Uint8Array> {
  const black = sharp(Uint8Array.of(0), { raw: { width: 1, height: 1, channels: 1 } })
  const jpeg = await black.toColourspace('b-w').jpeg().toBuffer()
  const segments = [
    ...(exif ? [segment(0xe1, 'Exif\0\0', exif)] : []),
    ...(srgb ? [segment(0xe2, 'ICC_PROFILE\0\x01\x01', await srgbProfile())] : []),
  ]
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

/** An application segment of a JPEG file (ISO/IEC 10918-1, B.2.4.6). */
function segment(marker: number, name: string, content: Uint8Array): Uint8Array {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(2 + name.length + content.length, 2)
  return Buffer.concat([head, Buffer.from(name, 'latin1'), content])
}

/** The profile that sharp calls sRGB. */
async function srgbProfile(): Promise<Uint8Array> {
  const pixel = sharp(Uint8Array.of(0, 0, 0), { raw: { width: 1, height: 1, channels: 3 } })
  const { icc } = await sharp(await pixel.withIccProfile('srgb').png().toBuffer()).metadata()
  return icc!
}
