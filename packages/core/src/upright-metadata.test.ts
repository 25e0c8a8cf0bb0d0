import { describe, expect, test } from 'vitest'
import { exifDensity, takeOrientation, uprightMetadata } from './upright-metadata.ts'

const short = 3
const rational = 5

/** EXIF of one directory: entries of [tag, type, value]; a rational's value is its numerator over 10. */
function exif(little: boolean, ...entries: readonly (readonly [tag: number, type: number, value: number])[]) {
  const end = 10 + entries.length * 12
  const view = new DataView(new ArrayBuffer(end + 4 + entries.length * 8))
  view.setUint16(0, little ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  view.setUint16(8, entries.length, little)
  entries.forEach(([tag, type, value], i) => {
    const [at, valueAt] = [10 + i * 12, end + 4 + i * 8]
    view.setUint16(at, tag, little)
    view.setUint16(at + 2, type, little)
    view.setUint32(at + 4, 1, little)
    if (type === short) view.setUint16(at + 8, value, little)
    else view.setUint32(at + 8, valueAt, little)
    view.setUint32(valueAt, value, little)
    view.setUint32(valueAt + 4, 10, little)
  })
  // The thumbnail's directory.
  view.setUint32(end, 8, little)
  return new Uint8Array(view.buffer)
}

/** As JPEG files have it. */
function withPrefix(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(...Buffer.from('Exif\0\0'), ...bytes)
}

describe.each([true, false])('EXIF with the lower byte first: %s', (little) => {
  test('tells how a picture lies, once', () => {
    const bytes = exif(little, [0x010f, short, 7], [0x0112, short, 6])
    expect(takeOrientation(bytes)).toBe(6)
    expect(takeOrientation(bytes)).toBe(1)
    const oriented = (value: number) => takeOrientation(exif(little, [0x0112, short, value]))
    expect([0, 1, 2, 8, 9, 99].map(oriented)).toEqual([1, 1, 2, 8, 1, 1])
    expect(takeOrientation(exif(little))).toBe(1)
  })

  test('tells pixels per inch, of centimetres too', () => {
    expect(exifDensity(exif(little, [0x011a, rational, 3000], [0x0128, short, 2]))).toBe(300)
    expect(exifDensity(exif(little, [0x011a, rational, 1000], [0x0128, short, 3]))).toBe(254)
    expect(exifDensity(exif(little, [0x011a, rational, 720]))).toBe(72)
    expect(exifDensity(exif(little))).toBeUndefined()
    expect(exifDensity(new Uint8Array(20))).toBeUndefined()
    const whole = exif(little, [0x011a, rational, 3000])
    expect(exifDensity(withPrefix(whole))).toBe(300)
    const nothing = whole.slice()
    nothing.fill(0, -4)
    expect(exifDensity(nothing)).toBeUndefined()
  })

  test('says sRGB, whatever the colours were before', () => {
    const outer = exif(little, [0x8769, short, 0])
    // A second directory behind the first, with the colour space alone.
    const inner = exif(little, [0xa001, short, 65535]).subarray(8)
    const bytes = new Uint8Array(outer.length + inner.length)
    bytes.set(outer)
    bytes.set(inner, outer.length)
    const view = new DataView(bytes.buffer)
    view.setUint16(12, 4, little)
    view.setUint32(18, outer.length, little)
    const colourSpaceAt = outer.length + 10
    const upright = uprightMetadata({ exif: bytes })!.exif!
    expect(view.getUint16(colourSpaceAt, little)).toBe(65535)
    expect(new DataView(upright.buffer).getUint16(colourSpaceAt, little)).toBe(1)
    view.setUint32(18, 1e9, little)
    expect(uprightMetadata({ exif: bytes })!.exif!.length).toBe(bytes.length)
  })

  test('of an upright picture has neither orientation nor thumbnail, and the rest stays', () => {
    const bytes = exif(little, [0x010f, short, 7], [0x0112, short, 6])
    const kept = bytes.slice()
    const upright = exif(little, [0x010f, short, 7], [0x0112, short, 1])
    upright.fill(0, 34, 38)
    // What the entries leave of their fields for longer values is of no meaning.
    upright.set(bytes.subarray(38), 38)
    expect(uprightMetadata({ exif: bytes, density: 72 })).toEqual({ exif: upright, density: 72 })
    expect(bytes).toEqual(kept)
    expect(uprightMetadata({ exif: withPrefix(bytes) })).toEqual({ exif: upright })
  })
})

test('what is cut or no EXIF is left out', () => {
  const whole = exif(true, [0x0112, short, 6], [0x011a, rational, 3000])
  for (let length = 0; length < 38; length++) {
    expect(uprightMetadata({ exif: whole.subarray(0, length) })).toBeUndefined()
    expect(takeOrientation(whole.slice(0, length))).toBe(1)
  }
  expect(exifDensity(whole.subarray(0, 40))).toBeUndefined()
})

test('of bytes in no order that there is nothing is known', () => {
  const bytes = exif(false, [0x0112, short, 6])
  bytes.set([0x4d, 0x49])
  expect(takeOrientation(bytes)).toBe(1)
  expect(uprightMetadata({ exif: bytes })).toBeUndefined()
})

test('EXIF that no JPEG can hold is left out, what is smaller is kept', () => {
  const small = exif(true, [0x0112, short, 6])
  const padded = (length: number) => {
    const bytes = new Uint8Array(length)
    bytes.set(small)
    return bytes
  }
  expect(uprightMetadata({ exif: padded(65_000) })?.exif).toHaveLength(65_000)
  expect(uprightMetadata({ exif: padded(65_001), density: 72 })).toEqual({ density: 72 })
})

test('XMP says that the picture is upright', () => {
  const xmp = (orientation: number) => `<rdf:Description tiff:Orientation="${orientation}" dc:format="image/png"/>`
  expect(uprightMetadata({ xmp: xmp(6) })).toEqual({ xmp: xmp(1) })
  const element = '<tiff:Orientation>8</tiff:Orientation>'
  expect(uprightMetadata({ xmp: element })).toEqual({ xmp: '<tiff:Orientation>1</tiff:Orientation>' })
  expect(uprightMetadata({})).toBeUndefined()
})
