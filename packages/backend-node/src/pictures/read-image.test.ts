import { openAsBlob } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PictureError, type ProgressEvent, sampleDepth } from '@latentkit/core'
import { largestDifference } from '@latentkit/core/testing'
import sharp, { type Sharp } from 'sharp'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeImage } from './encode-image.ts'
import { srgbToP3, tiffOfOneRow } from './pictures-fixture.ts'
import { readImage } from './read-image.ts'
import type { PictureSource } from './read-picture-file.ts'
import { readReceipt } from './read-receipt.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentkit-'))
})
afterEach(() => rm(folder, { recursive: true }))

const raw = (data: Uint8Array | Uint16Array, width: number, channels: 1 | 2 | 3 | 4 = 3) =>
  sharp(data, { raw: { width, height: data.length / width / channels, channels } })
/** Noise does not compress: a cut of the file cuts the picture. */
function noise(side: number): Sharp {
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return state >> 16
  }
  return raw(Uint8Array.from({ length: side * side * 3 }, next), side)
}

/** Reads and gathers the warnings. */
async function readWithWarnings(source: PictureSource, options = {}) {
  const warnings: ProgressEvent[] = []
  const image = await readImage(source, { ...options, onProgress: (event) => warnings.push(event) })
  return { image, warnings: warnings as Extract<ProgressEvent, { type: 'warning' }>[] }
}

describe('samples', () => {
  test('grey becomes RGB, with and without transparency', async () => {
    const grey = await raw(Uint8Array.of(9, 128), 2, 1).toColourspace('b-w').png().toBuffer()
    expect([...(await readImage(grey)).data]).toEqual([9, 9, 9, 128, 128, 128])
    const clear = await raw(Uint8Array.of(9, 0, 128, 77), 2, 2)
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect([...(await readImage(clear)).data]).toEqual([9, 9, 9, 0, 128, 128, 128, 77])
  })

  test('a palette is looked up, with the transparency of its colours', async () => {
    const data = Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 0)
    const palette = await raw(data, 2, 4).png({ palette: true, colours: 2 }).toBuffer()
    expect(palette.includes('PLTE') && palette.includes('tRNS')).toBe(true)
    const image = await readImage(palette)
    expect(image).toMatchObject({ width: 2, height: 1, channels: 4 })
    expect([image.data[0], image.data[3], image.data[7]]).toEqual([255, 255, 0])
  })

  test('16 bits stay 16 bits, grey ones too', async () => {
    const deep = await raw(Uint16Array.of(0, 32897, 65535), 1)
      .toColourspace('rgb16')
      .png()
      .toBuffer()
    expect((await readImage(deep)).data).toEqual(Uint16Array.of(0, 32897, 65535))
    const grey = await raw(Uint16Array.of(1, 40_001), 2, 1)
      .toColourspace('grey16')
      .tiff({ compression: 'lzw' })
      .toBuffer()
    expect((await readImage(grey)).data).toEqual(Uint16Array.of(1, 1, 1, 40_001, 40_001, 40_001))
  })

  test('CMYK and Lab become sRGB', async () => {
    const red = Uint8Array.of(200, 30, 40)
    const cmyk = await raw(red, 1).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    const image = await readImage(cmyk)
    expect(image).toMatchObject({ channels: 3 })
    expect(largestDifference(image.data, red)).toBeLessThan(12)
    // Its profile says nothing about the RGB that was made of it.
    expect(image.metadata?.icc).toBeUndefined()
    // L 53.24, a 80.09, b 67.20 is the red of sRGB.
    const samples = Int16Array.of(0.5324 * 65535, 80.09 * 256, 67.2 * 256)
    const lab = tiffOfOneRow({ photometric: 8, channels: 3, samples })
    expect((await sharp(lab).metadata()).space).toBe('labs')
    const deep = (await readImage(lab)).data
    expect(deep).toBeInstanceOf(Uint16Array)
    const levels = Array.from(deep, (v) => v / 257)
    expect(largestDifference(levels, [255, 0, 0])).toBeLessThan(2)
  })

  test.each([8, 16])('a profile is converted from, in %i bits', async (depth) => {
    const srgb = [200, 100, 50, 20, 160, 90]
    const scale = depth === 16 ? 257 : 1
    const p3 = [...srgbToP3(srgb.slice(0, 3)), ...srgbToP3(srgb.slice(3))].map((v) => Math.round(v * scale))
    const file = await tagged(
      depth === 16 ? raw(Uint16Array.from(p3), 2).toColourspace('rgb16') : raw(Uint8Array.from(p3), 2),
      'p3',
    )
    const { data, metadata } = await readImage(file)
    expect(sampleDepth({ data })).toBe(depth)
    const levels = Array.from(data, (v) => v / scale)
    // Little CMS interpolates between few points where samples have 16 bits: the dark channel of a deep green is off most.
    expect(largestDifference(levels, srgb)).toBeLessThan(depth === 16 ? 5 : 1.5)
    expect(largestDifference(levels.slice(0, 3), srgb.slice(0, 3))).toBeLessThan(depth === 16 ? 1 : 1.5)
    expect(metadata?.icc).toHaveLength(480)
  })

  test('samples whose profile says sRGB stay as they are', async () => {
    const samples = Uint16Array.from({ length: 3 * 300 }, (_, i) => (i * 2741) % 65536)
    const file = await tagged(raw(samples, 30).toColourspace('rgb16'), 'srgb')
    expect((await readImage(file)).data).toEqual(samples)
  })
})

/** Says of samples that they are of another colour space, without converting them. */
async function tagged(image: Sharp, space: 'p3' | 'srgb'): Promise<Uint8Array> {
  const profile = (await sharp(await raw(new Uint8Array(3), 1).withIccProfile(space).png().toBuffer()).metadata()).icc!
  const png = await image.png().toBuffer()
  const { deflateSync } = await import('node:zlib')
  return withChunk(png, 'iCCP', Buffer.concat([Buffer.from('p3\0\0'), deflateSync(profile)]))
}

/** Puts a chunk behind a PNG's header, which takes 25 bytes after the 8 of the signature, or elsewhere. */
function withChunk(png: Buffer, name: string, content: Uint8Array, at = 33): Buffer {
  const chunk = Buffer.alloc(content.length + 12)
  chunk.writeUInt32BE(content.length)
  chunk.write(name, 4)
  chunk.set(content, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), content.length + 8)
  return Buffer.concat([png.subarray(0, at), chunk, png.subarray(at)])
}

function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('what the file says', () => {
  const photo = (orientation: number) =>
    raw(
      Uint8Array.from({ length: 18 }, (_, i) => i * 14),
      2,
    )
      .withExif({ IFD0: { Make: 'Test', Orientation: String(orientation) } })
      .withMetadata({ orientation })
      .withDensity(300)

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is applied, and the EXIF kept says so', async (orientation) => {
    const png = await photo(orientation).png().toBuffer()
    const upright = await sharp(png).autoOrient().raw().toBuffer({ resolveWithObject: true })
    const { width, height, data, metadata } = await readImage(png)
    expect([width, height]).toEqual(orientation > 4 ? [3, 2] : [2, 3])
    expect([width, height]).toEqual([upright.info.width, upright.info.height])
    expect([...data]).toEqual([...upright.data])
    expect(metadata?.density).toBe(300)
    expect(Buffer.from(metadata!.exif!).toString('latin1')).toContain('Test')
    expect(orientationIn(metadata!.exif!)).toBe(1)
    expect(orientationIn((await sharp(png).metadata()).exif!)).toBe(orientation)
  })

  test('that a picture comes from a JPEG file is said, and forgotten when it is written', async () => {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const { metadata } = await readImage(await noise(2)[format]().toBuffer())
      expect(metadata?.compression).toBe(format === 'jpeg' ? 'jpeg' : undefined)
    }
    const image = await readImage(await noise(2).jpeg().toBuffer())
    expect((await readImage(await encodeImage(image, '.png'))).metadata?.compression).toBeUndefined()
  })

  test('a file URL is taken like a path, and what is no picture’s place is refused in words', async () => {
    const path = join(folder, 'ä b.png')
    await writeFile(path, await noise(2).png().toBuffer())
    expect(await readImage(pathToFileURL(path))).toEqual(await readImage(path))
    await expect(readImage(new URL('https://example.org/a.png'))).rejects.toThrow(
      'https://example.org/a.png: is an address, not a file. Fetch it, and give the bytes.',
    )
    await expect(readImage(undefined as never)).rejects.toThrow('source is undefined; expected a path, a file: URL or')
    await expect(readImage({ width: 1 } as never)).rejects.toThrow('source is {"width":1}; expected a path')
    await expect(readImage(Promise.resolve() as never)).rejects.toThrow('source is a promise, which is to be awaited')
  })

  test('file URLs may be texts; other addresses are told as such, in a few words', async () => {
    const path = join(folder, 'ä b.png')
    await writeFile(path, await noise(2).png().toBuffer())
    expect(await readImage(pathToFileURL(path).href)).toEqual(await readImage(path))
    expect(await readReceipt(pathToFileURL(path).href)).toBeUndefined()
    const advice = 'is an address, not a file. Fetch it, and give the bytes.'
    await expect(readImage('http://example.org/a.png')).rejects.toThrow(`http://example.org/a.png: ${advice}`)
    for (const place of [new URL('file:///a%2Fb.png'), 'file:///a%2Fb.png', 'file:///%E4.png'])
      await expect(readImage(place)).rejects.toThrow(`${place}: is no address of a file on this machine.`)
    const data = `data:image/png;base64,${'A'.repeat(500_000)}`
    for (const place of [data, new URL(data)]) {
      const error = await readImage(place).catch((error) => error)
      expect(error).toMatchObject({ code: 'picture', message: expect.stringMatching(/^data:image.{0,300}, and give/) })
    }
    const name = `${'a'.repeat(500_000)}.png`
    const error = await readImage(name).catch((error) => error)
    expect(error.message).toMatch(/^a{100,}…a{50,}\.png: .{0,40}$/)
    // One letter is a drive of Windows.
    for (const place of ['c://none/a.png', 'C:\\none\\a.png'])
      await expect(readImage(place)).rejects.toThrow(`${place}: no such file.`)
  })

  test('bytes may come as fetch and a form give them', async () => {
    const bytes = new Uint8Array(await noise(2).jpeg().toBuffer())
    const expected = await readImage(bytes)
    for (const source of [bytes.buffer, new Blob([bytes]), new DataView(bytes.buffer) as never])
      expect(await readImage(source)).toEqual(expected)
    const { image, warnings } = await readWithWarnings(new File([bytes], 'a.png'))
    expect(image).toEqual(expected)
    expect(warnings).toMatchObject([{ message: 'a.png: is a JPEG, though its name says PNG.' }])
    await expect(readImage(new Blob())).rejects.toThrow('picture: is empty.')
    await expect(readImage(new File(['%PDF-1.7'], 'a.pdf'))).rejects.toThrow('a.pdf: is a PDF document, not a picture.')
    await expect(readImage(new Response(bytes) as never)).rejects.toThrow('source is a Response; expected a path')
  })

  test('of a Blob no more is read than shows that it is no picture; one that has changed is told', async () => {
    const film = new Blob([Buffer.from('\0\0\0\x18ftypisom', 'latin1'), new Uint8Array(5000)])
    const whole = vi.spyOn(film, 'arrayBuffer')
    await expect(readImage(film)).rejects.toThrow('picture: is a film, not a picture.')
    expect(whole).not.toHaveBeenCalled()

    const path = join(folder, 'a.png')
    await writeFile(path, await noise(20).png().toBuffer())
    const blob = await openAsBlob(path)
    await writeFile(path, await noise(2).png().toBuffer())
    await expect(readImage(blob)).rejects.toMatchObject({
      code: 'picture',
      message: expect.stringMatching(/^picture: cannot be read: /),
    })
  })

  test('options of other names and values are refused', async () => {
    const png = await noise(2).png().toBuffer()
    await expect(readImage(png, { maxPixel: 5 } as never)).rejects.toThrow(
      'option is "maxPixel"; expected one of maxPixels, allowTruncated, onProgress.',
    )
    for (const maxPixels of [Number.NaN, 0, -1, '5' as never, null as never])
      await expect(readImage(png, { maxPixels })).rejects.toThrow(/^maxPixels is .*; expected a number above 0\.$/)
    for (const maxPixels of [Number.POSITIVE_INFINITY, undefined])
      expect(await readImage(png, { maxPixels })).toMatchObject({ width: 2 })
  })

  test('XMP is kept as text, and says that the picture is upright', async () => {
    const xmp = (orientation: number) =>
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="${orientation}"/></rdf:RDF></x:xmpmeta>`
    for (const format of ['jpeg', 'png', 'webp', 'avif', 'tiff'] as const) {
      const bytes = await noise(2).withXmp(xmp(6))[format]().toBuffer()
      expect((await readImage(bytes)).metadata?.xmp).toBe(xmp(1))
    }
  })

  test('EXIF that is damaged is left out', async () => {
    const jpeg = await photo(6).jpeg().toBuffer()
    const at = jpeg.indexOf('Exif\0\0') + 6
    for (const [offset, value] of [
      [0, 0x30],
      [4, 0xff],
      [8, 0xff],
    ] as const) {
      const damaged = Buffer.from(jpeg)
      damaged[at + offset] = value
      expect(await readImage(damaged)).toMatchObject({ channels: 3 })
    }
  })
})

/** Value of the orientation tag of little-endian EXIF. */
function orientationIn(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset)
  const start = view.getUint32(4, true)
  for (let entry = start + 2; entry < start + 2 + 12 * view.getUint16(start, true); entry += 12)
    if (view.getUint16(entry, true) === 0x0112) return view.getUint16(entry + 8, true)
  return 0
}

describe('warnings', () => {
  test('of several pages the first is read, and this is told', async () => {
    const pages = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => (i < 12 ? 10 : 200))
    const animation = { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } } as const
    for (const file of [
      await sharp(pages, animation).gif().toBuffer(),
      await sharp(pages, animation).webp({ lossless: true }).toBuffer(),
      await sharp([await noise(2).png().toBuffer(), await noise(2).png().toBuffer()], { join: { animated: true } })
        .tiff()
        .toBuffer(),
    ]) {
      const { image, warnings } = await readWithWarnings(file)
      expect(image).toMatchObject({ width: 2, height: 2 })
      expect(warnings).toEqual([
        { type: 'warning', code: 'picture_pages', message: 'picture: has 2 pages; only the first is read.' },
      ])
    }
  })

  test.each([
    [2, [{ code: 'picture_pages', message: 'picture: has 2 pages; only the first is read.' }]],
    [1, []],
  ])('so it is of a PNG with %i frames', async (frames, expected) => {
    const png = await noise(2).png().toBuffer()
    const control = Buffer.of(0, 0, 0, frames, 0, 0, 0, 0)
    const { image, warnings } = await readWithWarnings(withChunk(png, 'acTL', control))
    expect(image).toMatchObject({ width: 2, height: 2 })
    expect(warnings).toMatchObject(expected)
    // What stands behind the pixels or in a text animates nothing.
    const behind = withChunk(png, 'acTL', control, png.length - 12)
    const text = withChunk(png, 'tEXt', Buffer.concat([Buffer.from('Comment\0acTL'), control]))
    for (const file of [behind, text]) expect((await readWithWarnings(file)).warnings).toEqual([])
  })

  test('a name that says another format', async () => {
    await writeFile(join(folder, 'a.png'), await noise(2).jpeg().toBuffer())
    const { warnings } = await readWithWarnings(join(folder, 'a.png'))
    expect(warnings).toMatchObject([
      { code: 'picture_name', message: `${join(folder, 'a.png')}: is a JPEG, though its name says PNG.` },
    ])
    await writeFile(join(folder, 'a.JPG'), await noise(2).jpeg().toBuffer())
    expect((await readWithWarnings(join(folder, 'a.JPG'))).warnings).toEqual([])
  })

  test.each(['jpeg', 'png'] as const)('a cut %s is an error, or is read as far as it goes', async (format) => {
    const file = await noise(300)[format]().toBuffer()
    const cut = file.subarray(0, file.length / 2)
    await expect(readImage(cut)).rejects.toThrow(/^picture: is damaged or cut off: .*\. allowTruncated reads it/)
    const { image, warnings } = await readWithWarnings(cut, { allowTruncated: true })
    expect(image).toMatchObject({ width: 300, height: 300 })
    expect(warnings).toMatchObject([{ code: 'picture_damaged' }])
    const row = 300 * 3
    expect([...image.data.subarray(0, row)]).toEqual([...(await readImage(file)).data.subarray(0, row)])
    await expect(readImage(file.subarray(0, 30), { allowTruncated: true })).rejects.toThrow(PictureError)
  })
})

describe('what is no picture is a clear error', () => {
  const brand = (name: string) => `\0\0\0\x18ftyp${name}\0\0\0\0`
  test.each([
    ['nothing', '', 'is empty. Give a JPEG'],
    ['words', 'just words', 'is not a picture that can be read. Give a JPEG'],
    ['a PDF', '%PDF-1.7', 'is a PDF document, not a picture.'],
    ['an SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'is an SVG drawing, not a picture'],
    ['a HEIC', brand('heic'), 'is a HEIC picture, which cannot be read. Convert it'],
    ['a film', brand('isom'), 'is a film, not a picture.'],
    ['a BMP', 'BM123456', 'is a BMP picture, which cannot be read. Convert it'],
    ['a beginning', '\x89PNG\r\n\x1a\n', 'is damaged or cut off:'],
  ])('%s', async (_, content, message) => {
    const path = join(folder, 'a.png')
    await writeFile(path, content, 'latin1')
    await expect(readImage(path)).rejects.toThrow(`${path}: ${message}`)
    await expect(readImage(path)).rejects.toThrow(PictureError)
  })

  test('what is no file', async () => {
    await expect(readImage(join(folder, 'none.jpg'))).rejects.toThrow(/none\.jpg: no such file\.$/)
    await expect(readImage(folder)).rejects.toThrow(/: is a folder, not a picture\.$/)
    await mkdir(join(folder, 'a'))
    await expect(readImage(join(folder, 'a\0.png'))).rejects.toThrow(PictureError)
  })

  test.skipIf(process.platform === 'win32')('a link that leads back to itself', async () => {
    await symlink('loop.png', join(folder, 'loop.png'))
    await expect(readImage(join(folder, 'loop.png'))).rejects.toThrow(
      /loop\.png: is a link that leads back to itself\.$/,
    )
  })

  test.skipIf(process.platform === 'win32')('a device without an end is not read to its end', async () => {
    await expect(readImage('/dev/zero')).rejects.toThrow('/dev/zero: is not a picture that can be read.')
  })

  test('a bomb is refused by its header', async () => {
    const png = await noise(2).png().toBuffer()
    png.writeUInt32BE(60_000, 16)
    png.writeUInt32BE(50_000, 20)
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
    await expect(readImage(png)).rejects.toThrow(
      'picture: has 60000×50000 pixels, more than the 100000000 that are read. Reduce it first, or raise maxPixels.',
    )
    await expect(readImage(await noise(4).png().toBuffer(), { maxPixels: 15 })).rejects.toThrow('has 4×4 pixels')
    expect(await readImage(await noise(4).png().toBuffer(), { maxPixels: 16 })).toMatchObject({ width: 4 })
  })

  test('samples whose white is not known', async () => {
    const samples = Float32Array.of(0.5)
    const floats = tiffOfOneRow({ photometric: 1, channels: 1, samples, sampleFormat: 3 })
    await expect(readImage(floats)).rejects.toThrow('picture: has samples of type float. Save it with 8 or 16 bits.')
  })
})
